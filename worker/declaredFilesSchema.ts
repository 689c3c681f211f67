/** Files of the bot that the stack declares. Part of `declarationSchema.ts`, and loaded as that is. */
import * as z from "zod";

/** Path of a document → its text. Paths that begin with `workspace/` lie in the workspace, others in Hermes' home. */
export const documentsSchema = z.record(z.string(), z.string());
export type Documents = z.infer<typeof documentsSchema>;

/** A file of a skill or a plugin: text where it is UTF-8, else base64. */
export const declaredFileSchema = z.object({
  text: z.string().optional(),
  base64: z.string().optional(),
  executable: z.boolean().optional(),
});
export type DeclaredFile = z.infer<typeof declaredFileSchema>;

/** A folder by the paths of its files. */
export const declaredFolderSchema = z.object({ files: z.record(z.string(), declaredFileSchema) });
export type DeclaredFolder = z.infer<typeof declaredFolderSchema>;

/** What of the declaration is files, and where the agent works. Each is absent where the stack declares none. */
export const declaredFilesShape = {
  documents: documentsSchema.optional(),
  skills: z.record(z.string(), declaredFolderSchema).optional(),
  /** `true`: a Python package of the image brings it, and the stack enables it. */
  plugins: z.record(z.string(), z.union([z.literal(true), declaredFolderSchema])).optional(),
  /** Path of a folder below the workspace; absent: its top. */
  workingDirectory: z.string().optional(),
};
export type DeclaredFiles = z.infer<z.ZodObject<typeof declaredFilesShape>>;
