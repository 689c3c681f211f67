/** A stack's file, `Pulumi.<stack>.yaml`, as far as the configuration is held against it. */
import path from "node:path";
import { top } from "./repository.ts";
import { isMapping } from "./trees.ts";
import { readYaml } from "./yamlText.ts";

/** What stands where in it. */
export interface StackFile {
  /** Keys that stand in it, without the project's namespace. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** File and line of a key, or of one of its fields: `model.default`. */
  locate(key: string): string | undefined;
  /** Whether a key, or a field of one, is encrypted as far as the file tells. What does not stand there comes from elsewhere. */
  isSealed(key: string): boolean;
}

/**
 * Where a stack's file is, from the repository's top. `said`: the file of a stack on the loopback lies in its state folder, as
 * `npm run pulumi` tells by TALARIA_STACK_FILE; that of another stack is none of this one's.
 */
export function stackFilePath(stack: string, said: string | undefined): string {
  const usual = `Pulumi.${stack}.yaml`;
  if (said === undefined || path.basename(said) !== usual) return usual;
  const inside = path.relative(top, said);
  return inside.startsWith("..") ? said : inside;
}

/** Reads its text. `file`: its name, for messages. */
export function stackFile(file: string, text: string, project: string): StackFile {
  const { lineOf, value } = readYaml(text);
  const prefix = `${project}:`;
  const place = (key: string) => {
    // A name in quotes keeps its dots.
    const dotted = key.replace(/\["([^"]*)"\]/g, (_all, inner: string) => `.${inner.replaceAll(".", "\0")}`);
    const [name = "", ...fields] = dotted
      .replace(/\[(\d+)\]/g, ".$1")
      .split(".")
      .map((part) => part.replaceAll("\0", "."));
    return ["config", prefix + name, ...fields];
  };
  const config = isMapping(value) && isMapping(value.config) ? value.config : {};
  return {
    keys: Object.fromEntries(
      Object.entries(config).flatMap(([key, one]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), one]] : [])),
    ),
    locate(key) {
      const line = lineOf(place(key));
      return line === undefined || lineOf(["config"]) === line ? undefined : `${file}:${line}`;
    },
    isSealed: (key) => isSealed(value, place(key)),
  };
}

/**
 * Whether a field of the stack's file, or something above it, is encrypted: `secure` with its text. What does not stand there
 * comes from another file (`--config-file`), of which nothing is known here.
 */
function isSealed(file: unknown, path: readonly string[]): boolean {
  let at: unknown = file;
  for (const name of path) {
    if (!isMapping(at) || !(name in at)) return true;
    if (typeof at.secure === "string" && Object.keys(at).length === 1) return true;
    at = at[name];
  }
  return isMapping(at) && typeof at.secure === "string";
}
