/** How the stack's documents stand in the container: which are as declared, which the agent has edited. */
import { createHash } from "node:crypto";
import * as z from "zod";
import type { Documents } from "../declaredFilesSchema.ts";
import type { ConfigLeaf } from "./configLeaf.ts";

/** A document of the gateway's last start, as `talaria-state config` tells it. */
export const boxDocumentSchema = z.object({
  /** As in the declaration: `workspace/…` is the gateway's own workspace. */
  path: z.string(),
  /** SHA-256 of the text that was declared at that start, and of the file in the box: null for what is none, or too large. */
  declared: z.string(),
  box: z.string().nullable(),
  bytes: z.number(),
  is: z.enum(["file", "link", "folder", "other", "nothing", "unreadable"]),
  /** When the file was written, ISO 8601. */
  at: z.string().nullable().default(null),
  /** Why it could not be brought. */
  reason: z.string().nullable(),
});
export type BoxDocument = z.infer<typeof boxDocumentSchema>;

/** A leaf for each, `documents.<path>`; `box` is null while no container runs. Says no content. */
export function documentLeaves(declared: Documents, box: readonly BoxDocument[] | null): ConfigLeaf[] {
  const texts = Object.entries(declared);
  if (box === null) return texts.map(([path, text]) => declaredLeaf(path, text, null));
  const found = box.map((one): ConfigLeaf => {
    const text = declared[one.path];
    const drift = driftOf(one, text === undefined ? undefined : sumOf(text));
    return { ...leaf(one.path, one.box, one.bytes), source: isEdited(one) ? "agent" : "declared", at: one.at, drift };
  });
  const missing = "declared, and not in the container yet: the gateway writes it when it starts";
  const others = texts.filter(([path]) => !box.some((one) => one.path === path));
  return [...found, ...others.map(([path, text]) => declaredLeaf(path, text, missing))];
}

function declaredLeaf(path: string, text: string, drift: string | null): ConfigLeaf {
  return { ...leaf(path, sumOf(text), Buffer.byteLength(text)), source: "declared", at: null, drift };
}

function leaf(path: string, sum: string | null, bytes: number): Pick<ConfigLeaf, "path" | "json"> {
  const json = JSON.stringify(`${sum === null ? "no text" : `sha256:${sum.slice(0, 12)}`}, ${bytes} bytes`);
  return { path: `documents.${path}`, json };
}

/** The file is somebody's own text. */
function isEdited({ is, declared, box }: BoxDocument): boolean {
  return is === "file" && box !== declared;
}

function driftOf(one: BoxDocument, wanted: string | undefined): string | null {
  const { is, declared, reason } = one;
  if (wanted === undefined)
    return isEdited(one)
      ? "edited in the box, and no longer declared: it stays, and is the agent's own"
      : "no longer declared: it goes when the gateway starts";
  if (wanted !== declared)
    return isEdited(one)
      ? "edited in the box, and another text is declared: that is written when the gateway starts, and the edited one stays beside it"
      : "another text is declared: it is written when the gateway starts";
  if (reason !== null) return `it could not be written: ${reason}`;
  if (isEdited(one)) return "edited in the box: it stays so until another text is declared";
  if (is === "file") return null;
  return is === "nothing"
    ? "deleted in the box: it is written again when the gateway starts"
    : `in its place lies ${is === "unreadable" ? "what cannot be read" : is === "other" ? "what is no file" : `a ${is}`}`;
}

function sumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
