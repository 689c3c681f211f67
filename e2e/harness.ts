/**
 * A whole local system for one test file, started by the commands that a user types, in a state folder of its own.
 *
 *     const local = await startLocal();          // beforeAll: Cloudflare, `pulumi up`, a bot that has answered once
 *     await local.talaria(["status", "--json"]); // ./talaria …
 *     await local.stop();                        // afterAll: ends everything, whatever the tests did to it
 *
 * Systems of several files run side by side: each has ports of its own. Downloads are shared through the cache folder.
 */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { checkout } from "../local/paths.ts";
import { type Daemon, runningDaemon } from "../local/toolchain/daemon.ts";
import { readIfThere } from "../local/toolchain/folder.ts";
import { type RunResult, run } from "../local/toolchain/run.ts";
import { reservePorts } from "./freePorts.ts";
import { secretsIn, secretsSaid } from "./secretScan.ts";
import { System } from "./system.ts";

/** Outputs of a stack that tests need. */
const outputsSchema = z.looseObject({ url: z.string(), adminToken: z.string(), clientToken: z.string() });
export type StackOutputs = z.infer<typeof outputsSchema>;

/** Commands of `./talaria` that are asked for secrets; `rotate-password` names the key of one, which the stack's recovery output holds, too. */
const revealing: ReadonlySet<string> = new Set(["env", "recovery-kit", "token", "rotate-password"]);

/** An answer of the loopback Cloudflare, in the v4 API's envelope. */
const envelopeSchema = z.looseObject({
  success: z.boolean(),
  result: z.unknown(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })),
});
export type CloudflareAnswer = z.infer<typeof envelopeSchema> & { readonly status: number };

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

export interface StartOptions {
  /** The stack whose bot `url`, the tokens, `talaria` and `api` mean. Another than `local` is deployed beside it. */
  readonly stack?: string;
  /** @default process */
  readonly engine?: "process" | "docker";
  /** Another Hermes than usual: a version that `npm run local -- --hermes` takes. */
  readonly hermes?: string;
  /** Makes the checkout whose commands run, in the state folder; returns its folder. @default this checkout */
  readonly copy?: (stateDir: string) => Promise<string>;
}

/** Starts a system and waits until its bot has answered. Leaves nothing behind when it fails. */
export async function startLocal(options: StartOptions = {}): Promise<LocalSystem> {
  const { stack = "local", engine = "process", hermes, copy } = options;
  const stateDir = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-e2e-"));
  const chosen = hermes === undefined ? [] : ["--hermes", hermes];
  let commands = new Commands(stateDir);
  try {
    if (copy !== undefined) commands = new Commands(stateDir, await copy(stateDir));
    await reservePorts(stateDir);
    const started = mustPass(await commands.local(["--detach", "--engine", engine, ...chosen]));
    if (stack !== "local") mustPass(await commands.pulumi(["up", "--yes", "--skip-preview"], { stack }));
    const outputs = await commands.outputs(stack);
    const daemon = await commands.daemon();
    return new LocalSystem(commands, { stack, outputs, daemon, startOutput: started.output });
  } catch (error) {
    await commands.end();
    throw error;
  }
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
    const logs = ["log/daemon.log", "cloudflare/requests.jsonl", "model-ledger.jsonl"];
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

/** A running system with a deployed bot. */
export class LocalSystem {
  readonly stack: string;
  readonly stateDir: string;
  /** Where the bot answers. */
  readonly url: string;
  /** For /api. */
  readonly adminToken: string;
  /** For /v1. */
  readonly clientToken: string;
  /** Environment of the commands, with `TALARIA_URL` and both tokens. */
  readonly env: NodeJS.ProcessEnv;
  /** Loopback Cloudflare, `http://127.0.0.1:PORT/client/v4`, and its token. */
  readonly apiUrl: string;
  readonly apiToken: string;
  readonly accountId: string;
  /** The canned model, `…/v1`. */
  readonly modelUrl: string;
  readonly daemonPid: number;
  /** What `npm run local -- --detach` printed. */
  readonly startOutput: string;
  readonly commands: Commands;

  constructor(
    commands: Commands,
    from: {
      readonly stack: string;
      readonly outputs: StackOutputs;
      readonly daemon: Daemon;
      readonly startOutput: string;
    },
  ) {
    const { stack, outputs, daemon } = from;
    this.commands = commands;
    this.stack = stack;
    this.stateDir = commands.stateDir;
    this.url = outputs.url;
    this.adminToken = outputs.adminToken;
    this.clientToken = outputs.clientToken;
    this.apiUrl = daemon.apiUrl;
    this.apiToken = daemon.apiToken;
    this.accountId = daemon.accountId;
    this.modelUrl = daemon.modelUrl;
    this.daemonPid = daemon.pid;
    this.startOutput = from.startOutput;
    const bot = { TALARIA_URL: this.url, TALARIA_ADMIN_TOKEN: this.adminToken, TALARIA_CLIENT_TOKEN: this.clientToken };
    this.env = { ...commands.env, ...bot };
  }

  /** `./talaria …` against this bot. Never throws: look at `code`. */
  talaria(words: readonly string[], { env, onLine }: CommandOptions = {}): Promise<Ended> {
    const ended = this.commands.exec(path.join(checkout, "talaria"), words, { ...this.env, ...env }, onLine);
    return words.some((word) => revealing.has(word)) ? ended : this.commands.noting(ended);
  }

  /** `npm run pulumi -- …` on this stack, or the one named. Never throws: look at `code`. */
  pulumi(args: readonly string[], options: CommandOptions & { readonly stack?: string } = {}): Promise<Ended> {
    return this.commands.pulumi(args, { stack: this.stack, ...options });
  }

  /** A request of the operator to the Worker; `init.headers` may bring another token. */
  api(route: string, init: RequestInit = {}): Promise<Response> {
    return this.fetch(route, this.adminToken, init);
  }

  /** A request of a client to the Worker, such as `/v1/models`. */
  client(route: string, init: RequestInit = {}): Promise<Response> {
    return this.fetch(route, this.clientToken, init);
  }

  /**
   * A call of the loopback Cloudflare. `route` lies below the account (`workers/scripts`), or begins with a slash and
   * lies below `/client/v4`. A body is sent as JSON, a FormData as it is.
   */
  async cloudflare(method: string, route: string, body?: unknown): Promise<CloudflareAnswer> {
    const url = `${this.apiUrl}${route.startsWith("/") ? "" : `/accounts/${this.accountId}/`}${route}`;
    const json = body !== undefined && !(body instanceof FormData);
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${this.apiToken}`, ...(json && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    return { status: response.status, ...envelopeSchema.parse(await response.json()) };
  }

  processes(): Promise<readonly number[]> {
    return this.commands.processes();
  }

  folders(): Promise<readonly string[]> {
    return this.commands.folders();
  }

  /**
   * Ends everything and removes the state folder, whatever was done to the system.
   * @throws Error when a secret of the stack stands in a log, or was printed by Pulumi (I7)
   */
  async stop(): Promise<void> {
    const stacks = new Set(["local", this.stack]);
    const known = [this.adminToken, this.clientToken, this.apiToken];
    const leaks = await this.commands.leaks(new Set([...known, ...(await this.commands.secrets([...stacks]))]));
    await this.commands.end();
    if (leaks.length > 0) throw new Error(`secrets that somebody can read:\n${leaks.join("\n")}`);
  }

  private fetch(route: string, token: string, { headers, ...init }: RequestInit): Promise<Response> {
    const all = new Headers(headers);
    if (!all.has("authorization")) all.set("authorization", `Bearer ${token}`);
    if (typeof init.body === "string" && !all.has("content-type")) all.set("content-type", "application/json");
    return fetch(this.url + route, { ...init, headers: all });
  }
}

/** The command's result, when it went well. @throws Error with what it printed */
export function mustPass(ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}:\n${ended.output}`);
  return ended;
}
