/**
 * A stack that is not `local`, deployed on the loopback Cloudflare: Pulumi's own CLI, a backend in the test's state folder,
 * and a copy of the stack's config file, so that the committed one is never written.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { checkout } from "../local/paths.ts";
import { localEnvironment } from "../local/toolchain/environment.ts";
import { ensurePlugins, ensurePulumi } from "../local/toolchain/index.ts";
import { localFiles } from "../local/toolchain/localFiles.ts";
import { prepareLocalFolders } from "../local/toolchain/localStack.ts";
import { run } from "../local/toolchain/run.ts";
import { type Ended, mustPass } from "./commands.ts";

/** What a person adds to a stack's file: plain values by key, and secrets, which are encrypted. Keys without `talaria:`. */
export interface OwnConfig {
  /** @default that of the committed `Pulumi.<stack>.yaml` */
  readonly file?: Readonly<Record<string, unknown>>;
  readonly plain?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A stack with an environment and a config file of its own. */
export class OwnStack {
  readonly name: string;
  readonly configFile: string;
  private readonly env: NodeJS.ProcessEnv;

  private constructor(name: string, configFile: string, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.configFile = configFile;
    this.env = env;
  }

  /** Creates the stack in the state folder's backend. */
  static async create(name: string, stateDir: string, config: OwnConfig): Promise<OwnStack> {
    const progress = () => {};
    const pulumi = await ensurePulumi({ progress });
    const plugins = await ensurePlugins({ progress, pulumi });
    await prepareLocalFolders(stateDir, checkout);
    const { stacks } = localFiles(stateDir);
    const env = localEnvironment({ stack: name, stateDir, pulumi, plugins });
    mustPass(await exec(["stack", "select", name, "--create"], stacks, env));
    const stack = new OwnStack(name, path.join(stacks, `Pulumi.${name}.yaml`), env);
    await stack.configure(config);
    return stack;
  }

  /** Writes the config file anew. */
  async configure({ file, plain = {}, secrets = {} }: OwnConfig): Promise<void> {
    const base = file ?? (await committed(this.name));
    const own = Object.fromEntries(Object.entries(plain).map(([key, value]) => [`talaria:${key}`, value]));
    await fs.writeFile(this.configFile, stringify({ config: { ...base, ...own } }));
    for (const [key, value] of Object.entries(secrets)) {
      mustPass(await this.pulumi(["config", "set", "--secret", `talaria:${key}`, value]));
    }
  }

  /** `pulumi …` on this stack. Never throws: look at `code`. */
  pulumi(args: readonly string[]): Promise<Ended> {
    return exec([...args, "--stack", this.name, "--config-file", this.configFile], checkout, this.env);
  }

  /** The stack's outputs, secrets in the clear. */
  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", this.name];
    return JSON.parse(mustPass(await exec(args, checkout, this.env)).stdout);
  }
}

async function committed(stack: string): Promise<Readonly<Record<string, unknown>>> {
  return parse(await fs.readFile(path.join(checkout, `Pulumi.${stack}.yaml`), "utf8")).config;
}

async function exec(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const result = await run("pulumi", [...args, "--non-interactive", "--color", "never"], { cwd, env });
  return { ...result, output: result.stdout + result.stderr };
}
