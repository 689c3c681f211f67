/** A Pulumi program without resources, run by `npm run pulumi` as ours is: same launcher, backend and settings. */
import fs from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { checkout } from "../local/paths.ts";

/** Its stack, on the backend of the local stacks. */
export const emptyStack = "local-empty";

/** Makes its folder. */
export async function makeEmptyProgram(folder: string): Promise<void> {
  const runPulumi = pathToFileURL(path.join(checkout, "local", "toolchain", "runPulumi.ts")).href;
  const files = {
    "Pulumi.yaml": [
      "name: empty",
      "main: program/index.ts",
      "runtime: {name: nodejs, options: {typescript: false}}",
      "options: {refresh: always}",
    ],
    "package.json": ['{"private": true, "type": "module", "scripts": {"pulumi": "node launch.ts"}}'],
    "launch.ts": [
      `import { runPulumi } from ${JSON.stringify(runPulumi)};`,
      `const options = { project: import.meta.dirname };`,
      `process.exitCode = (await runPulumi("${emptyStack}", process.argv.slice(2), options)).code;`,
    ],
    "program/index.ts": ["export {};"],
  };
  await fs.mkdir(path.join(folder, "program"), { recursive: true });
  for (const [name, lines] of Object.entries(files)) await fs.writeFile(path.join(folder, name), lines.join("\n"));
  await fs.symlink(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
}
