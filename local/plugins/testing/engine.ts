/** The real Pulumi engine on a throw-away project with the stand-ins on PATH; for the tests of `local/plugins`. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { checkout } from "../../paths.ts";
import { ensurePulumi } from "../../toolchain/index.ts";

/** What one `pulumi` command said. */
export interface Said {
  readonly code: number | null;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/** A project with one stack in a temporary folder. */
export interface Engine {
  /** Runs `pulumi` to its end. */
  pulumi(...args: string[]): Promise<Said>;
  /** Folder of the copied program. */
  readonly project: string;
  remove(): Promise<void>;
}

/** Copies a program folder into a fresh project and makes stack `dev`; without a package.json it gets one. `env` is added to the engine's environment. */
export async function startEngine(program: string, env: Record<string, string> = {}): Promise<Engine> {
  const cli = await ensurePulumi({ progress: () => {} });
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-plugins-"));
  const project = path.join(root, "project");
  await fs.cp(program, project, { recursive: true });
  await fs.symlink(path.join(checkout, "node_modules"), path.join(project, "node_modules"));
  const manifest = '{"private":true,"type":"module","main":"index.ts"}';
  await fs.writeFile(path.join(project, "package.json"), manifest, { flag: "wx" }).catch(unlessThere);
  await fs.mkdir(path.join(root, "state"));
  const folders = [path.join(checkout, "local/plugins/bin"), cli.bin, path.dirname(process.execPath), process.env.PATH];
  const environment = {
    ...process.env,
    PATH: folders.join(path.delimiter),
    PULUMI_HOME: path.join(root, "home"),
    PULUMI_BACKEND_URL: `file://${path.join(root, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...env,
  };
  const pulumi = (...args: string[]) => say(path.join(cli.bin, "pulumi"), args, project, environment);
  const made = await pulumi("stack", "init", "dev");
  if (made.code !== 0) throw new Error(made.output);
  return { pulumi, project, remove: () => fs.rm(root, { recursive: true, force: true }) };
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function say(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, "--non-interactive", "--color", "never"], { cwd, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
