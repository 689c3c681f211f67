/** `node local/toolchain/hermesKeys.ts`: writes the lists of Hermes' configuration keys anew, from each version that can be installed here. */
import fs from "node:fs/promises";
import path from "node:path";
import { ensureHermes, hermesVersions } from "./hermes.ts";
import { run } from "./run.ts";

const folder = path.resolve(import.meta.dirname, "../../infra/config/hermes");

/** A list as it is committed: the line of versions, which names its file, and the text. */
export interface HermesKeyList {
  readonly line: string;
  readonly text: string;
}

/** The keys of an installed Hermes, by its own defaults. */
export async function hermesKeys(venv: string, version: string): Promise<HermesKeyList> {
  const { code, stdout, stderr } = await run(path.join(venv, "bin", "python"), [path.join(folder, "extract.py")]);
  if (code !== 0) throw new Error(`Hermes ${version} does not tell its keys: ${stderr}`);
  return { line: version.split(".").slice(0, 2).join("."), text: stdout };
}

/** Where the list of a line is kept. */
export function keyListPath(line: string): string {
  return path.join(folder, "keys", `${line}.json`);
}

/** Each version that can be installed here, in turn. */
export async function* installedKeys(): AsyncGenerator<HermesKeyList> {
  for (const version of [undefined, ...hermesVersions]) {
    const hermes = await ensureHermes({ progress: () => {}, ...(version === undefined ? {} : { version }) });
    yield await hermesKeys(hermes.venv, hermes.version);
  }
}

if (import.meta.main) {
  for await (const { line, text } of installedKeys()) {
    await fs.writeFile(keyListPath(line), text);
    console.log(`${keyListPath(line)}: ${Object.keys(JSON.parse(text).keys).length} keys`);
  }
}
