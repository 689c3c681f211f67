/** A copy of `container` with compiled modules, as an image has them: hundreds of starts are not spent on compiling. */
import fs from "node:fs/promises";
import path from "node:path";
import { checkout } from "../../local/paths.ts";
import { run } from "../../local/toolchain/run.ts";

/** Makes the part of a checkout that the process engine's images need. @returns its folder */
export async function copyOfTheContainer(folder: string, venv: string): Promise<string> {
  const container = path.join(folder, "container");
  await fs.cp(path.join(checkout, "container"), container, { recursive: true });
  await fs.symlink(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
  const compiled = await run(path.join(venv, "bin", "python3"), ["-m", "compileall", "-q", container]);
  if (compiled.code !== 0) throw new Error(`container does not compile: ${compiled.stdout}${compiled.stderr}`);
  return folder;
}
