/** What a lifecycle test does to a bot and sees of it: requests, status, and the processes behind it. */
import fs from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type Ended, mustPass } from "./commands.ts";
import type { LocalSystem } from "./harness.ts";

const transitionSchema = z.object({ at: z.string(), from: z.string(), to: z.string(), cause: z.string() });
const statusSchema = z.looseObject({
  bot: z.string(),
  state: z.string(),
  desired: z.string(),
  transitions: z.array(transitionSchema),
  lastError: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
  nextJob: z.object({ id: z.string(), name: z.string(), at: z.string() }).nullable(),
  activeRuns: z.number(),
  cutStreams: z.number(),
});
export type BotStatus = z.infer<typeof statusSchema>;
const logsSchema = z.object({ lines: z.array(z.looseObject({ source: z.string(), text: z.string() })) });

/** An answer of /v1/chat/completions, read to its end. */
export interface ChatAnswer {
  readonly status: number;
  readonly text: string;
  readonly seconds: number;
}

export interface ChatOptions {
  readonly stream?: boolean;
  /** Hermes' session, whose commands share a workspace. */
  readonly session?: string;
}

/** The bot of a local system. */
export class Bot {
  private readonly local: LocalSystem;

  constructor(local: LocalSystem) {
    this.local = local;
  }

  async status(): Promise<BotStatus> {
    const response = await this.local.api("/api/status");
    return statusSchema.parse(await response.json());
  }

  /** Moves since a time, as `from → to | cause`. */
  async movesSince(since: Date): Promise<string[]> {
    const { transitions } = await this.status();
    return transitions
      .filter(({ at }) => new Date(at) >= since)
      .map(({ from, to, cause }) => `${from} → ${to} | ${cause}`);
  }

  /** What the Agent wrote into the log that outlives the container. */
  async log(): Promise<string> {
    const response = await this.local.api("/api/logs?tail=200&source=worker");
    return logsSchema
      .parse(await response.json())
      .lines.map(({ text }) => text)
      .join("\n");
  }

  /** One chat, in a session of its own unless one is named. Never throws for an answer, whatever its status; gives up after three minutes. */
  async chat(content: string, { stream = false, session }: ChatOptions = {}): Promise<ChatAnswer> {
    const began = Date.now();
    const body = JSON.stringify({ model: "hermes-agent", stream, messages: [{ role: "user", content }] });
    const signal = AbortSignal.timeout(180_000);
    const headers = session === undefined ? {} : { "x-hermes-session-id": session };
    const response = await this.local.client("/v1/chat/completions", { method: "POST", body, headers, signal });
    const text = await response.text();
    return { status: response.status, text, seconds: (Date.now() - began) / 1000 };
  }

  /** Starts it and waits. */
  async wake(): Promise<Response> {
    return this.local.api("/api/wake", { method: "POST" });
  }

  /** Puts a changed configuration live, the way a person does: `pulumi config …`, then `pulumi up`, whose end this is. */
  async configured(words: readonly string[], onLine?: (line: string) => void): Promise<Ended> {
    mustPass(await this.local.pulumi(["config", ...words]));
    return this.local.pulumi(["up", "--yes", "--skip-preview"], onLine === undefined ? {} : { onLine });
  }

  /** Stops it on purpose. */
  async stop(): Promise<void> {
    const response = await this.local.api("/api/stop", { method: "POST" });
    if (!response.ok) throw new Error(`stop: ${await response.text()}`);
  }

  /** A tick of the platform's clock, to its end. */
  async cron(): Promise<void> {
    const url = `${new URL(this.local.apiUrl).origin}/__local/cron/${(await this.status()).bot}`;
    const response = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${this.local.apiToken}` } });
    if (!response.ok) throw new Error(`cron: ${await response.text()}`);
  }

  /** Ticks until it is so: one that joins a look under way may be past what has just happened. @throws Error when it is not so after five */
  async ticksUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let ticks = 0; ticks < 5; ticks++) {
      await this.cron();
      if (await isSo()) return;
    }
    throw new Error(`not ${what} after five ticks: ${await this.log()}`);
  }

  /** Waits until a look says so. @throws Error with the last status when it does not within the time */
  async until(what: string, seconds: number, look: (status: BotStatus) => boolean): Promise<BotStatus> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const status = await this.status();
      if (look(status)) return status;
      if (Date.now() > deadline) {
        throw new Error(`not ${what} after ${seconds} s: ${JSON.stringify(status, null, 1)}\n${await this.log()}`);
      }
      await pause(250);
    }
  }

  /** Waits until it is. @throws Error when that takes longer than two minutes */
  async ready(): Promise<void> {
    await this.until("ready", 120, ({ state }) => state === "ready");
  }

  /** Process ids of Hermes' gateways, found by their container's marker. */
  gateways(): Promise<readonly number[]> {
    return this.processesWith("hermes gateway run");
  }

  /** Process ids of the containers' first processes; each leads the process group of its container. */
  containers(): Promise<readonly number[]> {
    return this.processesWith("bin/talaria-init");
  }

  /** The one gateway. @throws Error when there is none, or several */
  async gateway(): Promise<number> {
    const [pid, ...others] = await this.gateways();
    if (pid === undefined || others.length > 0) throw new Error(`gateways: ${[pid, ...others].join(", ")}`);
    return pid;
  }

  /** A variable of a process' environment, as it was at its start. */
  async variable(pid: number, name: string): Promise<string | undefined> {
    const environment = (await fs.readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    return environment.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  }

  /** Process ids of the containers' programs whose command has these words. */
  async processesWith(words: string): Promise<readonly number[]> {
    const all = await Promise.all(
      (await this.local.processes()).map(async (pid) => ({
        pid,
        command: (await fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "),
        marked: (await fs.readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")).includes(
          "TALARIA_ENGINE_PROCESS=",
        ),
      })),
    );
    return all.filter(({ command, marked }) => marked && command.includes(words)).map(({ pid }) => pid);
  }
}
