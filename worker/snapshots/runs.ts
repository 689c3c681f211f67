import * as z from "zod";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { KeyStorage } from "../storage.ts";
import type { CredentialTerms } from "./credential.ts";
import { type RunResult, type RunView, runResultSchema, runsViewSchema, runViewSchema } from "./result.ts";
import type { Role } from "./rights.ts";

const commandTimeoutMs = 40_000;
/** How long one question waits inside the container for the end of a run. */
const waitSeconds = 20;
/** Between two questions when the answer came at once: a run that has not taken its lock yet, a container that stumbles. */
const pollMs = 500;
/** A container that runs and does not answer for so many questions has lost the run. */
const patience = 10;
/** Afterwards a run is ended, and its credential is worthless. */
const longestRunMs = 3 * 3_600_000;
/** Ended runs whose ends are kept, for whoever asks. */
const keptEnds = 20;

const recordSchema = z.object({
  run: z.string(),
  kind: z.string(),
  /** Id of the box whose container it runs in. */
  box: z.string(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  until: z.number(),
  /** What whoever started it needs to know at its end. */
  about: z.record(z.string(), z.string()),
});
/** A run that was started and whose end was not settled yet. */
export type RunRecord = z.infer<typeof recordSchema>;

/** How a run ended: with a result, or without one. */
export type RunEnd =
  | { readonly run: RunRecord; readonly result: RunResult }
  | { readonly run: RunRecord; readonly died: string };

const endSchema = z
  .object({ run: recordSchema, endedAt: z.number() })
  .and(z.union([z.object({ result: runResultSchema }), z.object({ died: z.string() })]));

/** What may be asked of a run, under way or ended. */
export interface RunReport {
  readonly run: string;
  readonly kind: string;
  readonly state: "running" | "ended";
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly progress: Readonly<Record<string, unknown>> | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  /** Why there is no result. */
  readonly died: string | null;
}

export interface RunsParts {
  readonly box: Box;
  /** Id of the box, as containers are known by at the inside door. */
  readonly boxId: () => string;
  /** Where these runs take place; one at a time in each. */
  readonly place: "agent" | "care";
  readonly storage: KeyStorage;
  /** Environment of a run: the repository's password and a credential for this run alone, in this box. */
  readonly environment: (terms: CredentialTerms) => Promise<Record<string, string>>;
  readonly mask: (text: string) => string;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Detached runs of `talaria-state`, one at a time (design decision 2). A run is written down before it is started, so that
 * an object that was reset finds it again; it stays written down until its end is settled.
 */
export class Runs {
  private readonly parts: RunsParts;
  private following: { readonly run: string; readonly end: Promise<RunEnd> } | undefined;

  constructor(parts: RunsParts) {
    this.parts = parts;
  }

  /** The run whose end is not settled. */
  get current(): RunRecord | null {
    return recordSchema.safeParse(this.parts.storage.get(this.key)).data ?? null;
  }

  /** Starts a run and follows it to its end. @throws Error while another one is under way */
  async start(verb: string, words: string, role: Role, about: Readonly<Record<string, string>>): Promise<RunRecord> {
    const { box, boxId, now, environment, storage } = this.parts;
    if (this.current !== null) throw new Error(`the run ${this.current.run} is under way`);
    const startedAt = now();
    const run = `${verb}-${crypto.randomUUID().slice(0, 13)}`;
    const record = { run, kind: verb, box: boxId(), startedAt, until: startedAt + longestRunMs, about: { ...about } };
    storage.put(this.key, record);
    try {
      await this.endStrangers();
      const terms = { run, role, boxId: record.box, until: record.until };
      await box.start(run, `talaria-state ${verb} --run ${run}${words}`, await environment(terms));
    } catch (error) {
      this.settled({ run: record, died: reasonOf(error) });
      throw error;
    }
    return record;
  }

  /** Waits for the end of a run; any number of callers share the questions. Does not settle it. */
  follow(record: RunRecord): Promise<RunEnd> {
    if (this.following?.run === record.run) return this.following.end;
    const end = this.untilEnd(record)
      .then((known) => this.keep(known))
      .finally(() => {
        this.following = undefined;
      });
    this.following = { run: record.run, end };
    return end;
  }

  /**
   * The end is written down before it is settled: what was made counts also where its container is gone meanwhile. The first
   * end counts: a run that was ended on purpose is later found without its container.
   */
  private keep(end: RunEnd): RunEnd {
    const { storage, now } = this.parts;
    const { data: first } = endSchema.safeParse(storage.get(endKey(end.run.run)));
    if (first !== undefined) return first;
    storage.put(endKey(end.run.run), { ...end, endedAt: now() });
    return end;
  }

  /** Forgets the run: what it leads to is written down. */
  settled(end: RunEnd): void {
    const { storage } = this.parts;
    this.keep(end);
    const ended = [...storage.list({ prefix: "ended-run/" })].flatMap(([key, value]) => {
      const at = endSchema.safeParse(value).data?.endedAt ?? 0;
      return [{ key, at }];
    });
    for (const { key } of ended.sort((a, b) => b.at - a.at).slice(keptEnds)) storage.delete(key);
    if (this.current?.run === end.run.run) storage.delete(this.key);
  }

  /** What there is to know of a run; undefined for one that nobody remembers. */
  async report(run: string): Promise<RunReport | undefined> {
    const { current } = this;
    if (current?.run === run) {
      const view = await this.look(current, 0).catch(() => undefined); // whoever follows it finds out what that means
      const progress = view?.progress ?? null;
      return { ...told(current), state: "running", endedAt: null, progress, result: null, died: null };
    }
    const { data } = endSchema.safeParse(this.parts.storage.get(endKey(run)));
    if (data === undefined) return undefined;
    const result = "result" in data ? data.result : null;
    const died = "died" in data ? data.died : null;
    const endedAt = new Date(data.endedAt).toISOString();
    return { ...told(data.run), state: "ended", endedAt, progress: null, result, died };
  }

  private get key(): string {
    return `run/${this.parts.place}`;
  }

  private async untilEnd(record: RunRecord): Promise<RunEnd> {
    const { box, boxId, log, now, pause } = this.parts;
    let silent = 0;
    const known = endSchema.safeParse(this.parts.storage.get(endKey(record.run))).data;
    if (known !== undefined) return known;
    for (;;) {
      if (record.box !== boxId() || !(await box.isRunning())) return { run: record, died: "its container ended" };
      const view = await this.look(record, waitSeconds).catch((error: unknown) => {
        log("warn", "a run was asked for its end and did not answer", { run: record.run, reason: reasonOf(error) });
        return undefined;
      });
      silent = view === undefined ? silent + 1 : 0;
      if (view?.result) return { run: record, result: view.result };
      if (silent >= patience) return { run: record, died: "its container does not answer" };
      if (view && !view.alive && !(await this.isStarting(record))) return this.lastWords(record);
      // A clock that was set back must not keep a run for ever, nor one set forward end it: both are bounded by the run itself.
      if (now() > record.until) return this.end(record);
      await pause(pollMs);
    }
  }

  private async look({ run }: RunRecord, wait: number): Promise<RunView> {
    return runViewSchema.parse(await this.ask(`run --run ${run} --wait ${wait}`));
  }

  /** A process that lives and has not taken its lock yet. */
  private async isStarting({ run }: RunRecord): Promise<boolean> {
    return (await this.parts.box.process(run))?.alive ?? false;
  }

  private async lastWords(record: RunRecord): Promise<RunEnd> {
    const { box, mask } = this.parts;
    const view = await this.look(record, 0).catch(() => undefined);
    if (view?.result) return { run: record, result: view.result };
    const output = await box.output(record.run).catch(() => "");
    const words = mask(output.trim().slice(-500));
    return { run: record, died: words || "it ended without a result" };
  }

  private async end(record: RunRecord): Promise<RunEnd> {
    await this.ask(`end-run --run ${record.run}`);
    return { run: record, died: `it was ended after ${longestRunMs / 60_000} minutes` };
  }

  /** A run that this object does not know, of an object before it, is none of ours: it could hold the lock for ever. */
  private async endStrangers(): Promise<void> {
    const { runs } = runsViewSchema.parse(await this.ask("runs"));
    for (const { run, alive } of runs) {
      if (!alive) continue;
      this.parts.log("warn", "a run that nobody waits for is ended", { run });
      await this.ask(`end-run --run ${run}`);
    }
  }

  private async ask(words: string): Promise<unknown> {
    const { exitCode, stdout, stderr } = await this.parts.box.run(`talaria-state ${words}`, {
      timeoutMs: commandTimeoutMs,
    });
    if (exitCode !== 0) throw new Error(`talaria-state ${words}: exit code ${exitCode}: ${stderr.trim().slice(-300)}`);
    return JSON.parse(stdout);
  }
}

const endKey = (run: string) => `ended-run/${run}`;
const told = ({ run, kind, startedAt }: RunRecord) => ({ run, kind, startedAt: new Date(startedAt).toISOString() });
