/** The commands that a user types, run from a checkout on a state folder of a test's own. */
import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { checkout } from "../local/paths.ts";
import { type Daemon, runningDaemon } from "../local/toolchain/daemon.ts";
import { readIfThere } from "../local/toolchain/folder.ts";
import { type RunResult, run } from "../local/toolchain/run.ts";
import { secretsIn, secretsSaid } from "./secretScan.ts";
import { System } from "./system.ts";

/** Outputs of a stack that tests need. */
const outputsSchema = z.looseObject({ url: z.string(), adminToken: z.string(), clientToken: z.string() });
export type StackOutputs = z.infer<typeof outputsSchema>;

/** How a command ended. `output` is both streams, standard output first. */
export interface Ended extends RunResult {
  readonly output: string;
}

export interface CommandOptions {
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets each line as it comes. */
  readonly onLine?: (line: string) => void;
}

/** The commands of a checkout whose state lies in a folder of its own. Enough for tests that deploy nothing. */
export class Commands {
  readonly stateDir: string;
  /** What every command runs with. */
  readonly env: NodeJS.ProcessEnv;
  protected readonly system: System;
  private readonly folder: string;
  /** What commands have printed that were not asked to show secrets. */
  private said = "";

  constructor(stateDir: string, folder = checkout) {
    this.stateDir = stateDir;
    this.folder = folder;
    this.system = new System(stateDir);
    const bin = path.join(checkout, "node_modules", ".bin");
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(TALARIA_(?!CACHE_DIR)|OPENAI_|PULUMI_|CLOUDFLARE_)/.test(name),
    );
    this.env = {
      ...Object.fromEntries(own),
      PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}`,
      TALARIA_STATE_DIR: stateDir,
    };
  }

  /** `npm run local -- …` */
  local(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return this.noting(this.node("local/index.ts", args, options));
  }

  /** `npm run pulumi -- …`, without colours. Never throws: look at `code`. */
  pulumi(
    args: readonly string[],
    { stack, ...options }: CommandOptions & { readonly stack?: string } = {},
  ): Promise<Ended> {
    const named = stack === undefined ? args : [...args, "--stack", stack];
    const ended = this.node("local/toolchain/pulumi.ts", [...named, "--color", "never"], options);
    const asked = args.includes("--show-secrets") || args.join(" ").startsWith("config get ");
    return asked ? ended : this.noting(ended);
  }

  /** Outputs of a deployed stack, secrets in the clear. */
  async outputs(stack: string): Promise<StackOutputs> {
    const shown = mustPass(await this.pulumi(["stack", "output", "--json", "--show-secrets"], { stack }));
    return outputsSchema.parse(JSON.parse(shown.stdout));
  }

  /** The daemon that runs now. @throws Error when there is none */
  async daemon(): Promise<Daemon> {
    const daemon = await runningDaemon(this.stateDir);
    if (daemon === undefined) throw new Error(`no daemon runs on ${this.stateDir}`);
    await this.system.remember(daemon.pid);
    return daemon;
  }

  /** Processes that belong to the system: daemon, workerd, containers, their watcher, running commands. */
  processes(): Promise<readonly number[]> {
    return this.system.processes();
  }

  /** Folders under /tmp/talaria-<uid> that belong to the system and are there now. */
  folders(): Promise<readonly string[]> {
    return this.system.folders();
  }

  /** Every secret in the state of the stacks. A stack that is gone has none. */
  async secrets(stacks: readonly string[]): Promise<ReadonlySet<string>> {
    const exported = stacks.map((stack) => this.pulumi(["stack", "export", "--show-secrets"], { stack }));
    const found = (await Promise.all(exported)).filter(({ code }) => code === 0);
    return new Set(found.flatMap(({ stdout }) => [...secretsIn(JSON.parse(stdout))]));
  }

  /** Which of the secrets (their first characters) stand in a log, or in what was printed, with the place. */
  async leaks(secrets: ReadonlySet<string>): Promise<readonly string[]> {
    const logs = ["log/daemon.log", "cloudflare/requests.jsonl", "model-ledger.jsonl", "ai-gateway-ledger.jsonl"];
    const texts = logs.map(async (place) => {
      const text = await readIfThere(path.join(this.stateDir, place));
      return { place, text: text ?? "" };
    });
    const all = [{ place: "what commands printed", text: this.said }, ...(await Promise.all(texts))];
    return all.flatMap(({ place, text }) => secretsSaid(text, secrets).map((secret) => `${secret} in ${place}`));
  }

  /** Remembers what a command prints. */
  async noting(command: Promise<Ended>): Promise<Ended> {
    const ended = await command;
    this.said += ended.output;
    return ended;
  }

  /** Ends everything and removes the state folder. */
  async end(): Promise<void> {
    await this.local(["--stop"]);
    await this.system.kill();
    await fs.rm(this.stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Runs a program of the checkout with its own Node. */
  protected async node(file: string, args: readonly string[], { env, onLine }: CommandOptions): Promise<Ended> {
    return this.exec("node", [path.join(this.folder, file), ...args], { ...env }, onLine);
  }

  async exec(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    onLine?: (line: string) => void,
  ): Promise<Ended> {
    const options = { cwd: this.folder, env: { ...this.env, ...env }, ...(onLine === undefined ? {} : { onLine }) };
    const result = await run(command, args, options);
    return { ...result, output: result.stdout + result.stderr };
  }
}

/** The command's result, when it went well. @throws Error with what it printed */
export function mustPass(ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}:\n${ended.output}`);
  return ended;
}
