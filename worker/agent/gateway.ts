import * as z from "zod";
import type { Box, CommandResult } from "../sandbox/box.ts";
import { type BoxConfig, boxConfigSchema } from "./configReport.ts";
import type { HermesKey } from "./hermesKey.ts";
import { type Machine, machineSchema } from "./machine.ts";
import type { NextJob } from "./sleep.ts";
import { type Vitals, vitalsSchema } from "./vitals.ts";

/** Port of Hermes' API server in the container. */
export const apiServerPort = 8642;

const commandTimeoutMs = 30_000;
/** Somebody waits for a look at the container, and can look again. */
const lookTimeoutMs = 5_000;
/** Starting a container that the platform has to find a place for takes up to minutes. */
const containerTimeoutMs = 150_000;
/** How long runs under way may take to finish before a stop cuts them. */
const idleWithinMs = 60_000;
/** After SIGTERM Hermes gives what runs 30 seconds (`agent.cron_drain_timeout`), then ends. */
const goneWithinMs = 45_000;
const pollMs = 250;
/** A gateway that hangs takes a connection and never answers. */
const probeTimeoutMs = 10_000;

const showSchema = z.looseObject({
  marker: z.looseObject({ phase: z.string(), boot: z.string(), final: z.boolean() }).nullable(),
  image: z.string().nullish(),
  ending: z.boolean().nullish(),
  launch: z.looseObject({ problem: z.looseObject({ message: z.string(), next: z.string() }).nullish() }).nullish(),
  gateway: z.looseObject({
    pid: z.number().nullish(),
    alive: z.boolean(),
    warm: z.boolean().nullish(),
    version: z.string().nullish(),
    cleanShutdown: z.boolean().nullish(),
  }),
});
export type Surroundings = z.infer<typeof showSchema>;

const scheduleSchema = z.looseObject({
  next: z.object({ id: z.string(), name: z.string(), at: z.string() }).nullable(),
});

const logsSchema = z.object({ lines: z.array(z.looseObject({ at: z.string(), level: z.string(), text: z.string() })) });

const detailedSchema = z.looseObject({
  gateway_state: z.string().optional(),
  api_server: z.looseObject({ active_runs: z.number().optional() }).optional(),
  gateway_busy: z.boolean().optional(),
  pid: z.number().optional(),
  active_agents: z.number().optional(),
  readiness: z
    .looseObject({
      checks: z.looseObject({ background_queues: z.record(z.string(), z.unknown()).optional() }).optional(),
    })
    .optional(),
});

/** States of a scheduled job's run that has not ended. */
const openRuns: readonly unknown[] = ["claimed", "running"];
const jobsSchema = z.looseObject({
  jobs: z.array(
    z.looseObject({ latest_execution: z.looseObject({ status: z.unknown(), pid: z.unknown() }).nullish() }),
  ),
});

/** What Hermes says of itself. */
export interface Health {
  readonly running: boolean;
  /** Works on requests or chats. Scheduled jobs do not show here: see {@link Gateway.busy}. */
  readonly busy: boolean;
  readonly pid: number | undefined;
}

/** Hermes in its container: the programs of `container/hermes` and the API server's own routes. */
export class Gateway {
  private readonly box: Box;
  private readonly key: Pick<HermesKey, "forStart" | "value">;

  constructor(box: Box, key: Pick<HermesKey, "forStart" | "value">) {
    this.box = box;
    this.key = key;
  }

  /** The marker record and the gateway's state. Starts the container when it is not up. */
  async surroundings(): Promise<Surroundings> {
    return showSchema.parse(await this.state("show", containerTimeoutMs));
  }

  /** Declares an empty home to be right: there is nothing to restore. */
  async firstBoot(bootId: string): Promise<void> {
    await this.state(`first-boot --boot-id ${bootId}`);
  }

  async start(processId: string, environment: Record<string, string>): Promise<void> {
    await this.box.start(processId, "talaria-gateway", { ...environment, API_SERVER_KEY: this.key.forStart() });
  }

  /** Undefined while Hermes does not answer. */
  async health(): Promise<Health | undefined> {
    const parsed = detailedSchema.safeParse(await this.ask("/health/detailed"));
    if (!parsed.success) return undefined;
    const { gateway_state, gateway_busy, active_agents, api_server, readiness, pid } = parsed.data;
    const counts = [
      active_agents,
      api_server?.active_runs,
      ...Object.values(readiness?.checks?.background_queues ?? {}),
    ];
    const working = counts.some((count) => typeof count === "number" && count > 0);
    return { running: gateway_state === "running", busy: gateway_busy === true || working, pid };
  }

  /** Whether Hermes works on anything, a scheduled job included; undefined while it does not answer. */
  async busy(): Promise<boolean | undefined> {
    const health = await this.health();
    if (health === undefined || health.busy) return health?.busy;
    return this.runsJob(health.pid);
  }

  /** A run that an earlier process left open in Hermes' books is none of the one that lives. */
  private async runsJob(pid: number | undefined): Promise<boolean> {
    const parsed = jobsSchema.safeParse(await this.ask("/api/jobs?include_disabled=true"));
    if (!parsed.success) return false;
    return parsed.data.jobs.some(
      ({ latest_execution: run }) => openRuns.includes(run?.status) && (pid === undefined || run?.pid === pid),
    );
  }

  /** JSON of a route of Hermes' API server; undefined when it gives none in time. */
  private async ask(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.key.value()}` };
    const signal = AbortSignal.timeout(probeTimeoutMs);
    try {
      const response = await this.box.fetch(apiServerPort, new Request(`http://hermes${path}`, { headers, signal }));
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined; // it does not run, or hangs: whoever asks decides what that means
    }
  }

  /** A request to Hermes' API server, in a session of its own where one is named. */
  request(method: string, path: string, body?: unknown, session?: string): Promise<Response> {
    const headers = new Headers({ authorization: `Bearer ${this.key.value()}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    if (session !== undefined) headers.set("x-hermes-session-id", session);
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    return this.box.fetch(apiServerPort, new Request(`http://hermes${path}`, init));
  }

  /** Hermes' next scheduled job. */
  async nextJob(): Promise<NextJob | null> {
    return scheduleSchema.parse(await this.state("schedule")).next;
  }

  /** The last lines of Hermes' own log files. */
  async logs(tail: number): Promise<{ at: string; level: string; text: string }[]> {
    return logsSchema.parse(await this.state(`logs --tail ${tail}`)).lines;
  }

  /** What an alarm needs to know of Hermes, with the last `lines` of its log. The container has to be up; Hermes itself is not asked. */
  async vitals(lines = 0): Promise<Vitals> {
    return vitalsSchema.parse(await this.state(`vitals --lines ${lines}`));
  }

  /** What Hermes in the container goes by, which has to be up. */
  async config(): Promise<BoxConfig> {
    return boxConfigSchema.parse(await this.state("config", lookTimeoutMs));
  }

  /** Processes, ports and configuration of the container, which has to be up. */
  async machine(): Promise<Machine> {
    return machineSchema.parse(await this.state("machine", lookTimeoutMs));
  }

  /** What `hermes slack manifest` prints: JSON text. The container has to be up, its home whole. */
  async slackManifest(): Promise<string> {
    const command = "talaria-as-agent hermes slack manifest";
    const result = await this.box.run(command, { timeoutMs: commandTimeoutMs });
    if (result.exitCode !== 0) throw new Error(`${command}: ${lastWords(result)}`);
    z.looseObject({ features: z.unknown() }).parse(JSON.parse(result.stdout));
    return result.stdout.trim();
  }

  /**
   * Waits until Hermes has finished its runs (bounded), then SIGTERM. Only an idle Hermes shuts down cleanly; one with
   * runs waits for them itself and then cuts them; one that hangs is killed. Says whether it left its mark of a clean shutdown.
   */
  async stop(now: () => number, pause: (ms: number) => Promise<void>): Promise<{ clean: boolean }> {
    const idleBy = now() + idleWithinMs;
    while ((await this.busy()) && now() < idleBy) await pause(pollMs);
    const found = await this.surroundings();
    if (found.gateway.alive && found.gateway.pid) {
      await this.box.run(`kill -TERM ${found.gateway.pid}`, { timeoutMs: commandTimeoutMs });
    }
    const goneBy = now() + goneWithinMs;
    let last = await this.surroundings();
    while (last.gateway.alive && now() < goneBy) {
      await pause(pollMs);
      last = await this.surroundings();
    }
    if (last.gateway.alive) await this.kill();
    return { clean: !last.gateway.alive && last.gateway.cleanShutdown === true };
  }

  /** Ends a gateway that hangs: SIGTERM would wait for its event loop. */
  async kill(): Promise<void> {
    const { gateway } = await this.surroundings();
    if (!gateway.alive || !gateway.pid) return;
    await this.box.run(`kill -KILL ${gateway.pid}`, { timeoutMs: commandTimeoutMs });
  }

  private async state(words: string, timeoutMs = commandTimeoutMs): Promise<unknown> {
    const result = await this.box.run(`talaria-state ${words}`, { timeoutMs });
    if (result.exitCode !== 0) throw new Error(`talaria-state ${words}: ${lastWords(result)}`);
    return JSON.parse(result.stdout);
  }
}

function lastWords({ exitCode, stdout, stderr }: CommandResult): string {
  const text = (stderr.trim() || stdout.trim()).slice(-500);
  return `exit code ${exitCode}${text ? `: ${text}` : ""}`;
}
