import type { DeclaredFiles, Documents } from "../declaredFilesSchema.ts";

/** What the stack declares of every workspace. */
export interface DeclaredWorkspace {
  /** By their paths in the workspace. */
  readonly documents: Documents;
  /** Folder that the agent works in; null for the workspace's top. */
  readonly folder: string | null;
}

/** What the paths of the workspace's documents begin with, among all documents. */
const inWorkspace = "workspace/";

/** The part of the declaration that workspaces obey. */
export function declaredWorkspace(files: Pick<DeclaredFiles, "documents" | "workingDirectory">): DeclaredWorkspace {
  const all = Object.entries(files.documents ?? {});
  const own = all.filter(([path]) => path.startsWith(inWorkspace));
  return {
    documents: Object.fromEntries(own.map(([path, text]) => [path.slice(inWorkspace.length), text])),
    folder: files.workingDirectory ?? null,
  };
}
