/** A copy of this checkout in which stacks can be made, with the real Pulumi on a backend and a passphrase of its own. */
import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { PulumiCli } from "../../local/toolchain/pulumiCli.ts";
import { type Run, talaria } from "./launcher.ts";
import { driver, type Move, type Typed } from "./typing.ts";

const top = path.resolve(import.meta.dirname, "../..");
const parts = ["talaria", "cli", "infra", "worker", "local", "package.json", "Pulumi.yaml", ".gitignore"];

export interface CheckoutCopy {
  readonly folder: string;
  /** `./talaria` with these words, where nobody is at a terminal. */
  run(words: readonly string[], env?: Readonly<Record<string, string>>, stdin?: string): Promise<Run>;
  /** The same at a pseudo terminal. */
  type(words: readonly string[], moves: readonly Move[], env?: Readonly<Record<string, string>>): Promise<Typed>;
  /** Pulumi itself. */
  pulumi(words: readonly string[]): Promise<Run>;
  /** Every command line that Pulumi was started with. */
  words(): Promise<string>;
  /** Path → text of every file in the copy and in the backend, beside what was copied. */
  written(): Promise<Map<string, string>>;
}

/** Makes one; it goes with the test. */
export async function aCheckoutCopy(cli: PulumiCli, { passphrase = "of the test" } = {}): Promise<CheckoutCopy> {
  const root = await mkdtemp(path.join(os.tmpdir(), "talaria-init-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [folder, backend, bin, log] = ["checkout", "backend", "bin", "log"].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const made of [folder, backend, bin]) await mkdir(made);
  for (const name of parts) await cp(path.join(top, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(top, "node_modules"), path.join(folder, "node_modules"));
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  const before = new Set(await filesIn(folder));
  // Keeps what Pulumi is called with, then is the real one.
  const wrapper = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nexec '${cli.bin}/pulumi' "$@"\n`;
  await writeFile(path.join(bin, "pulumi"), wrapper);
  await chmod(path.join(bin, "pulumi"), 0o755);
  await writeFile(log, "");
  const base = {
    ...{ PATH: `${bin}:${cli.bin}:${process.env.PATH ?? ""}`, HOME: process.env.HOME ?? "", TERM: "dumb" },
    ...{
      PULUMI_HOME: path.join(root, "pulumi"),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    ...(passphrase === "" ? {} : { PULUMI_CONFIG_PASSPHRASE: passphrase }),
  };
  const program = path.join(folder, "talaria");
  return {
    folder,
    run: (words, env = {}, stdin = "") => talaria(words, { program, cwd: folder, env: { ...base, ...env }, stdin }),
    async type(words, moves, env = {}) {
      const all = { ...base, ...env, MOVES: JSON.stringify(moves) };
      const run = await talaria(["-c", driver, program, ...words], { program: "python3", env: all, cwd: folder });
      if (run.code !== 0) throw new Error(run.stderr);
      return JSON.parse(run.stdout) as Typed;
    },
    pulumi: (words) => talaria(words, { program: path.join(cli.bin, "pulumi"), cwd: folder, env: base }),
    words: () => readFile(log, "utf8"),
    async written() {
      const fresh = (await filesIn(folder)).filter((file) => !before.has(file));
      const all = [...fresh, ...(await filesIn(backend)), path.join(folder, ".gitignore")];
      return new Map(
        await Promise.all(all.map(async (file) => [path.relative(root, file), await readFile(file, "utf8")] as const)),
      );
    },
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"))
    .map((entry) => path.join(entry.parentPath, entry.name));
}
