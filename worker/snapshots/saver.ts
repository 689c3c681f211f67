import * as z from "zod";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { Bucket, KeyStorage } from "../storage.ts";
import type { Books } from "./books.ts";
import { blankSchedule, isDue, type Schedule } from "./due.ts";
import type { FreshStart } from "./freshStart.ts";
import { type Healing, isHealed } from "./healing.ts";
import { sweepLocks } from "./locks.ts";
import type { SnapshotRecord } from "./record.ts";
import type { RunRecord, Runs } from "./runs.ts";
import { failed, type Saved, type Settlement } from "./settlement.ts";

/** How a run is made. */
interface Way {
  /** Compared with the promoted snapshot, whose unchanged files are not read again. */
  readonly onParent: boolean;
  /** Without giving way to what else wants the CPU. */
  readonly urgent: boolean;
}

/** Why a snapshot is made. */
export type Reason = "due" | "stop" | "operator" | "upgrade" | "ending" | "restore" | "first";

const scheduleSchema = z.object({
  savedAt: z.number().nullable(),
  attemptedAt: z.number().nullable(),
  failures: z.number(),
});

export interface SaveOptions {
  readonly tags?: Readonly<Record<string, string>>;
  /** An operator says that a home which shrank is right. */
  readonly trustShrunk?: boolean;
  /** A snapshot is made also where nothing has changed. */
  readonly always?: boolean;
  /** Told the run's id once it is started. */
  readonly started?: (run: string) => void;
}

export interface SaverParts {
  readonly box: Box;
  readonly runs: Runs;
  readonly books: Books;
  readonly settlement: Settlement;
  /** A home that started empty on order has nothing to be compared with. */
  readonly freshStart: Pick<FreshStart, "inForce">;
  /** Mends the repository where a run cannot read it. */
  readonly healing: Pick<Healing, "heal">;
  readonly bucket: Bucket;
  readonly storage: KeyStorage;
  /** The container's life as the Agent knows it; null while there is none. What lies in any other was not restored (I2). */
  readonly boot: () => string | null;
  /** Runs elsewhere that may hold locks. */
  readonly otherRuns: () => readonly string[];
  readonly log: Log;
  readonly now: () => number;
}

/** Makes snapshots of the living home. One at a time; who asks meanwhile shares the next. */
export class Saver {
  private readonly parts: SaverParts;
  private underWay: Promise<Saved> | undefined;
  private next: Promise<Saved> | undefined;

  constructor(parts: SaverParts) {
    this.parts = parts;
  }

  get schedule(): Schedule {
    return scheduleSchema.safeParse(this.parts.storage.get("schedule-of-snapshots")).data ?? blankSchedule;
  }

  /** How the last attempt ended; null when there was none. */
  get last(): LastSave | null {
    return (this.parts.storage.get("last-snapshot") as LastSave | undefined) ?? null;
  }

  /** Whether an attempt is under way. */
  get saving(): boolean {
    return this.underWay !== undefined;
  }

  isDue(intervalMs: number): boolean {
    return isDue(this.schedule, intervalMs, this.parts.now());
  }

  /**
   * Saves everything that happened until now. An attempt that began before may lack some of it, so it is waited for first.
   * Never throws: an attempt that failed says why.
   */
  save(reason: Reason, options: SaveOptions = {}): Promise<Saved> {
    if (this.underWay === undefined) return this.track(this.attempt(reason, options));
    this.next ??= this.underWay.then(() => {
      this.next = undefined;
      return this.track(this.attempt(reason, options));
    });
    return this.next;
  }

  /** Goes on with a run that an earlier object started: waits for its end and settles it. */
  resume(record: RunRecord): Promise<Saved> {
    return this.track(this.settle(record));
  }

  /** The home of this container's life is this snapshot, or empty: nothing of it is unsaved. */
  startsFrom(boot: string, record: SnapshotRecord | null): void {
    const { settlement, storage, now } = this.parts;
    if (record !== null) settlement.equals(boot, record, record.verdict === "promoted");
    storage.put("schedule-of-snapshots", { ...blankSchedule, savedAt: now() } satisfies Schedule);
  }

  private track(work: Promise<Saved>): Promise<Saved> {
    const underWay = work.finally(() => {
      if (this.underWay === underWay) this.underWay = undefined;
    });
    this.underWay = underWay;
    return underWay;
  }

  private async attempt(reason: Reason, asked: SaveOptions): Promise<Saved> {
    const { runs, box, boot, freshStart, healing } = this.parts;
    const earlier = runs.current;
    if (earlier?.kind === "snapshot") await this.settle(earlier);
    const options = freshStart.inForce ? { ...asked, trustShrunk: true } : asked;
    const life = boot();
    if (life === null || !(await box.isRunning())) return nothing;
    const first = await this.run(reason, life, options, { onParent: true, urgent: this.schedule.failures > 0 });
    // It gave way to what took the whole CPU. A memory that is never saved is worse than a slow chat.
    const starved = first.problem?.code === "no_progress";
    const saved = starved ? await this.run(reason, life, options, { onParent: true, urgent: true }) : first;
    const { outcome, problem } = saved;
    if (outcome !== "failed" || problem === null) return saved;
    if (!isHealed(await healing.heal(problem, false))) return saved;
    // What was mended may be of the parent, so that its files are all read again.
    return await this.run(reason, life, options, { onParent: false, urgent: false });
  }

  private async run(reason: Reason, life: string, options: SaveOptions, way: Way): Promise<Saved> {
    const { runs } = this.parts;
    try {
      await this.sweepDeadLocks();
      const words = await this.words(reason, life, options, way);
      const tags = JSON.stringify(options.tags ?? {});
      const about = { reason, boot: life, tags, ...(options.trustShrunk && { trustShrunk: "yes" }) };
      const record = await runs.start("snapshot", words, "backup", about);
      options.started?.(record.run);
      return await this.settle(record);
    } catch (error) {
      return this.note("", failed("not_started", reasonOf(error)));
    }
  }

  /** The command line after the run's id. */
  private async words(reason: Reason, life: string, options: SaveOptions, way: Way): Promise<string> {
    const { tags = {}, trustShrunk = false, always = false } = options;
    const { onParent, urgent } = way;
    const { books, settlement } = this.parts;
    const { promoted } = books;
    const before = promoted && (await books.record(promoted.current));
    const tree = before?.tree;
    const { baseline } = settlement;
    // A shrunk home that an operator trusts is made again, though it equals the snapshot that was not promoted.
    // An upgrade has a snapshot of its own, whatever has changed: image and state can go back together.
    const isOwn = always || reason === "upgrade";
    const mayEqual = !isOwn && baseline?.boot === life && (baseline.promoted || !trustShrunk);
    const compared = mayEqual ? baseline.fingerprint : null;
    return [
      ...(promoted && onParent && before?.verdict !== "bad" ? [`--parent ${promoted.current}`] : []),
      ...(compared ? [`--fingerprint ${compared}`] : []),
      ...(tree ? [`--previous ${tree.files},${tree.bytes},${tree.databases}`] : []),
      ...(urgent ? ["--priority normal"] : []),
      `--reason ${promoted === null && reason === "due" ? "first" : reason}`,
      ...Object.entries(tags).map(([name, value]) => `--tag ${shellWord(`${name}=${value}`)}`),
    ]
      .map((word) => ` ${word}`)
      .join("");
  }

  /** A failure here leaves the run unsettled: the next attempt begins with it. */
  private async settle(record: RunRecord): Promise<Saved> {
    const { runs, settlement, storage } = this.parts;
    try {
      const end = await runs.follow(record);
      const outcome = await settlement.settle(end);
      if (["run_died", "repository_locked"].includes(outcome.problem?.code ?? "")) storage.put("locks-suspect", true);
      runs.settled(end);
      return this.note(record.run, outcome, record.startedAt);
    } catch (error) {
      return this.note(record.run, failed("not_settled", reasonOf(error)));
    }
  }

  private note(run: string, outcome: Omit<Saved, "run">, startedAt?: number): Saved {
    const { storage, now, log } = this.parts;
    const { savedAt, failures } = this.schedule;
    const schedule: Schedule = {
      savedAt: outcome.saved && startedAt !== undefined ? startedAt : savedAt,
      attemptedAt: now(),
      failures: outcome.outcome === "failed" ? failures + 1 : 0,
    };
    const saved = { run, ...outcome };
    storage.put("schedule-of-snapshots", schedule);
    storage.put("last-snapshot", { ...saved, at: new Date(now()).toISOString() } satisfies LastSave);
    const { code, message } = outcome.problem ?? {};
    if (outcome.outcome === "failed") log("warn", "the memory was not saved", { run, code, message });
    return saved;
  }

  /** Locks are looked for only where one may have stayed: an idle day asks the bucket for nothing. */
  private async sweepDeadLocks(): Promise<void> {
    const { storage, bucket, otherRuns, log } = this.parts;
    if (storage.get("locks-suspect") === false) return;
    const swept = await sweepLocks(bucket, otherRuns());
    if (swept > 0) log("info", "locks of dead runs were removed", { swept });
    storage.put("locks-suspect", false);
  }
}

/** No home of ours lives anywhere, so there is nothing that a snapshot could lack. */
const nothing: Saved = { run: "", saved: true, outcome: "nothing", snapshot: null, problem: null };

/** An attempt with the time of its end, ISO 8601. */
export type LastSave = Saved & { readonly at: string };

/** One word for the container's shell. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", "")}'`;
}
