/** Keys about files of the bot: documents, skills, plugins, and where it works. */
import { z } from "zod";
import { plain, withFields } from "../key.ts";
import { text } from "../values.ts";
import { isPlainPath } from "./documentPaths.ts";

/** Names, and what each is: `declaredFiles.ts` looks at every one, so that one that is wrong hides no other. */
const names = (error: string) => z.record(z.string(), z.unknown(), { error });

/** In the order of the README's table. */
export const fileKeys = {
  documents: withFields(
    "Documents by their path: `SOUL.md`, `memories/USER.md` and others in Hermes' home, `workspace/AGENTS.md` in the workspace. Each a short text, or `file`: a path from the repository's top.",
    names("has no paths in it").default({}),
    "<text>",
  ),
  skills: withFields(
    "Skills beside those that the agent learned, name → folder (with a `SKILL.md`) from the repository's top. The agent reads them.",
    names("has no names in it").default({}),
    "skills/<name>",
  ),
  plugins: withFields(
    "Plugins of Hermes, name → folder (with a `plugin.yaml`) from the repository's top, or `true` for one that `agent.extraPythonPackages` brings; or a list of such names.",
    z
      .union([z.array(text), names("")], { error: "is neither a list of names nor names with folders" })
      .transform((value) => (Array.isArray(value) ? Object.fromEntries(value.map((name) => [name, true])) : value))
      .optional(),
    "plugins/<name>",
  ),
  workingDirectory: plain(
    "Folder below the workspace that the agent works in, and whose `AGENTS.md` it reads.",
    text.refine(isPlainPath, "is not a path below the workspace, such as project/app").optional(),
    "project",
  ),
} as const;
