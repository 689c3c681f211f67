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
import type { Daemon } from "../local/toolchain/daemon.ts";
import { type CommandOptions, Commands, type Ended, mustPass, type StackOutputs } from "./commands.ts";
import { reservePorts } from "./freePorts.ts";

/** Commands of `./talaria` that are asked for secrets; `rotate-password` names the key of one, which the stack's recovery output holds, too. */
const revealing: ReadonlySet<string> = new Set(["env", "recovery-kit", "token", "rotate-password"]);

/** An answer of the loopback Cloudflare, in the v4 API's envelope. */
const envelopeSchema = z.looseObject({
  success: z.boolean(),
  result: z.unknown(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })),
});
export type CloudflareAnswer = z.infer<typeof envelopeSchema> & { readonly status: number };

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
