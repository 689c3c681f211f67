/** Hermes' dashboard in its container, on the Agent's side: started on demand, and ended before the bot rests. */
import * as z from "zod";
import { BotError, type ErrorReport, reasonOf } from "../errors.ts";
import { hexOf } from "../hash.ts";
import type { Log } from "../log.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import type { KeyStorage } from "../storage.ts";
import { keyHeader, sessionHeader } from "./passing.ts";

/** Port of `talaria-dashboard` in the container. */
const dashboardPort = 9119;
/** Header of an answer of this object's own: the dashboard is not there, and a page of ours may wait for it. */
export const waitingHeader = "x-talaria-waiting";
const recordKey = "dashboard";
/** Hermes itself is given 90 seconds. */
const readyWithinMs = 100_000;
const pollMs = 250;
const probeTimeoutMs = 5_000;
/** Pages ask several times a minute as long as they are open; hidden ones once. */
const usedWithinSeconds = 90;
/** Exit code where another one runs already. */
const alreadyRuns = 73;

/** 0 while a request or a WebSocket is open. */
const useSchema = z.object({ idleSeconds: z.number() });
const problemSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), next: z.string() }) });

/** The process that was started last, and the key that opens it. */
const startedSchema = z.object({ number: z.number(), processId: z.string(), key: z.string() });
type Started = z.infer<typeof startedSchema>;

/** What a waiting page is told. */
export interface DashboardState {
  readonly dashboard: "down" | "starting" | "up";
  /** Why the last start failed; null where none did. */
  readonly problem: ErrorReport | null;
}

export interface DashboardParts {
  readonly box: Box;
  readonly storage: KeyStorage;
  /** Whether the bot is awake, and not about to rest: only then is anything started. */
  readonly mayStart: () => Promise<boolean>;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** One dashboard for all who look. Requests go to it as they are; none wakes the bot. */
export class Dashboard {
  private readonly parts: DashboardParts;
  private starting: Promise<void> | undefined;
  private problem: BotError | undefined;

  constructor(parts: DashboardParts) {
    this.parts = parts;
  }

  /**
   * Hermes' answer. Where the dashboard does not run in a bot that is awake, this begins to start it.
   * @throws BotError `dashboardAsleep`, `dashboardStarting`, or why it does not start
   */
  async answer(request: Request): Promise<Response> {
    if (!(await this.parts.mayStart())) throw new BotError("dashboardAsleep", { retryAfter: 5 });
    const started = this.started();
    if (started && !this.starting) {
      try {
        return await this.parts.box.fetch(dashboardPort, withKey(belowRoot(request), started.key));
      } catch (error) {
        if (!(error instanceof BoxUnreachable)) throw error;
      }
    }
    const failed = this.problem;
    this.problem = undefined; // told once: the next request tries again
    if (failed && !this.starting) throw failed;
    this.begin();
    throw new BotError("dashboardStarting", { retryAfter: 3 });
  }

  /** Begins to start it in a bot that is awake; parallel callers share the start. */
  begin(): void {
    if (this.starting) return;
    this.problem = undefined;
    this.starting = this.start()
      .catch((error: unknown) => {
        this.problem = error instanceof BotError ? error : new BotError("dashboardFailed", { reason: reasonOf(error) });
        this.parts.log("warn", this.problem.message, { code: this.problem.code });
      })
      .finally(() => {
        this.starting = undefined;
      });
    const { starting } = this;
    this.parts.inBackground("the dashboard's start", () => starting);
  }

  /** Starts nothing. */
  async state(): Promise<DashboardState> {
    if (this.starting) return { dashboard: "starting", problem: null };
    const isUp = (await this.parts.mayStart()) && (await this.use()) !== undefined;
    return { dashboard: isUp ? "up" : "down", problem: this.problem?.report() ?? null };
  }

  /** Whether a browser has it open. Asking is no use of it. */
  async inUse(): Promise<boolean> {
    const use = await this.use();
    return use !== undefined && use.idleSeconds < usedWithinSeconds;
  }

  /** Cuts what pages of a log-in that has ended hold open; `every`: of all log-ins. Where none runs, nothing is open. */
  async closeSession(session: string): Promise<void> {
    const started = this.started();
    if (started === undefined) return;
    const headers = { [sessionHeader]: session };
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const order = new Request("http://dashboard/.talaria/close", { method: "POST", headers, signal });
    try {
      await this.parts.box.fetch(dashboardPort, withKey(order, started.key));
    } catch (error) {
      if (error instanceof BoxUnreachable) return;
      this.parts.log("warn", "what a log-in holds open was not cut; the dashboard ends", { reason: reasonOf(error) });
      await this.end();
    }
  }

  /** Ends it, with what it runs. Where none runs, nothing happens. */
  async end(): Promise<void> {
    const started = this.started();
    if (started === undefined) return;
    const process = await this.parts.box.process(started.processId);
    if (process?.alive) await this.parts.box.kill(started.processId);
    this.parts.storage.put(recordKey, { ...started, key: "" });
  }

  private started(): Started | undefined {
    const found = startedSchema.safeParse(this.parts.storage.get(recordKey));
    return found.success && found.data.key !== "" ? found.data : undefined;
  }

  private async start(): Promise<void> {
    const { box, storage, mayStart } = this.parts;
    if (!(await mayStart())) throw new BotError("dashboardAsleep", { retryAfter: 5 });
    const before = this.started();
    // One that an object before this one began to start is waited for.
    if (before && (await box.process(before.processId))?.alive) return this.waitUntilUp(before);
    const number = (startedSchema.safeParse(storage.get(recordKey)).data?.number ?? 0) + 1;
    const started = { number, processId: `dashboard-${number}`, key: newKey() };
    storage.put(recordKey, started);
    await box.start(started.processId, "talaria-dashboard", { TALARIA_DASHBOARD_KEY: started.key });
    await this.waitUntilUp(started);
  }

  private async waitUntilUp(started: Started): Promise<void> {
    const { box, now, pause } = this.parts;
    const deadline = now() + readyWithinMs;
    while ((await this.use()) === undefined) {
      const process = await box.process(started.processId);
      if (!process?.alive) throw await this.explain(started, process?.exitCode);
      if (now() > deadline) {
        await box.kill(started.processId);
        throw new BotError("dashboardFailed", { reason: `It did not serve within ${readyWithinMs / 1000} seconds.` });
      }
      await pause(pollMs);
    }
  }

  private async explain({ processId }: Started, exitCode: number | undefined): Promise<BotError> {
    if (exitCode === undefined) return new BotError("dashboardFailed", { reason: "Its container ended." });
    if (exitCode === alreadyRuns) return new BotError("dashboardStarting", { retryAfter: 3 });
    const output = await this.parts.box.output(processId);
    const lines = output.trim().split("\n").reverse();
    for (const line of lines) {
      const said = problemSchema.safeParse(json(line));
      if (!said.success) continue;
      const { code, message } = said.data.error;
      return code === "dashboard_not_built"
        ? new BotError("dashboardNotBuilt")
        : new BotError("dashboardFailed", { reason: message });
    }
    return new BotError("dashboardFailed", { reason: `It ended with exit code ${exitCode}.` });
  }

  /** How much it is in use; undefined where it does not answer. */
  private async use(): Promise<z.infer<typeof useSchema> | undefined> {
    const started = this.started();
    if (started === undefined) return undefined;
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const question = withKey(new Request("http://dashboard/.talaria/use", { signal }), started.key);
    try {
      const answer = await this.parts.box.fetch(dashboardPort, question);
      return useSchema.safeParse(await answer.json()).data;
    } catch {
      return undefined; // it does not run, or hangs: whoever asks decides what that means
    }
  }
}

/** Without the path by which the Agent knows requests for the dashboard. */
function belowRoot(request: Request): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/dashboard/, "");
  return new Request(url, request);
}

function withKey(request: Request, key: string): Request {
  const headers = new Headers(request.headers);
  headers.set(keyHeader, key);
  return new Request(request, { headers });
}

function newKey(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(32)));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
