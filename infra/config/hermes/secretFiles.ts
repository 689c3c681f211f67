/** Files of Hermes' home whose content is secret, read at each deploy. They never lie in the declaration. */
import { secretFiles as bindings, type SecretFiles } from "../../../worker/bindings.ts";
import { isMapping } from "../trees.ts";
import { asciiJson, partsOf } from "./secretParts.ts";

/** A config key that names such a file. */
export interface SecretFileKey {
  /** `authFile`, or a field: `mcpServers.linear.tokenFile`. */
  readonly key: string;
  /** From the repository's top, or absolute. */
  readonly file: string;
  /** Where it goes, from HERMES_HOME. */
  readonly path: string;
  /** Whether another content than the one written last replaces what is there. @default false */
  readonly overwrite?: boolean;
}

/** What is beside the keys. */
export interface SecretFilePlace {
  read(file: string): string | undefined;
  /** Whether git has the file. */
  isTracked(file: string): boolean;
  report(key: string, reason: string, next: readonly string[]): void;
  warn(text: string): void;
}

/** Reads every file. Reports every problem, and quotes no content. */
export function secretFiles(keys: readonly SecretFileKey[], place: SecretFilePlace): SecretFiles {
  const files: Record<string, SecretFiles[string]> = {};
  for (const { key, file, path, overwrite = false } of keys) {
    const content = place.read(file);
    const problem = content === undefined ? "is not there. Paths begin at the repository's top." : problemOf(content);
    if (content === undefined || problem !== undefined) {
      place.report(key, `"${file}" ${problem}`, [
        `Copy it from a home where Hermes is logged in, or leave it out: pulumi config rm --path talaria:${key}`,
      ]);
      continue;
    }
    if (place.isTracked(file))
      place.warn(
        `talaria:${key} "${file}" is in git, and holds secrets. Treat them as leaked: git rm --cached ${file}, log in again.`,
      );
    files[path] = { content, overwrite, key };
  }
  reportSize(files, place);
  return files;
}

/** The Worker's bindings for them. */
export const secretFileParts = (files: SecretFiles): Record<string, string> => partsOf(files, bindings);

function reportSize(files: SecretFiles, { report }: SecretFilePlace): void {
  const sizes = Object.values(files).map(({ key, content }) => ({ key, bytes: Buffer.byteLength(content) }));
  const [largest] = sizes.sort((a, b) => b.bytes - a.bytes);
  const bytes = asciiJson(files).length;
  const most = bindings.partBytes * bindings.parts;
  if (largest === undefined || bytes <= most) return;
  report(largest.key, `has ${largest.bytes} bytes; all secret files take ${bytes}, a Worker's secrets ${most}.`, [
    "A file with more than logins in it is none of these.",
  ]);
}

function problemOf(content: string): string | undefined {
  try {
    return isMapping(JSON.parse(content)) ? undefined : "has no JSON object in it.";
  } catch {
    return "is no JSON."; // the parser's words would quote what stands there
  }
}
