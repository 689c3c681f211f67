import type { SnapshotPolicy } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { Bucket, KeyStorage } from "../storage.ts";
import type { RepositoryAccess } from "./access.ts";
import { Alarms } from "./alarms.ts";
import { Books } from "./books.ts";
import { Care } from "./care.ts";
import type { CareBoxesParts } from "./careBoxes.ts";
import { Copies } from "./copies.ts";
import { FreshStart } from "./freshStart.ts";
import { Healing } from "./healing.ts";
import { type Promoted, type SnapshotRecord, told } from "./record.ts";
import { type MemoryReport, memoryReport } from "./report.ts";
import { type Prepared, RestoreFailed, Restorer } from "./restorer.ts";
import { type RunReport, Runs } from "./runs.ts";
import { type Reason, type SaveOptions, Saver } from "./saver.ts";
import { type Saved, Settlement } from "./settlement.ts";

/** How long a stop waits for a snapshot that makes progress. */
const stopWaitsMs = 600_000;
/** How long a stop tries again after attempts that failed. */
const stopRetriesMs = 60_000;
const betweenRetriesMs = 5_000;
/** Problems that a minute does not mend. */
const lastingProblems: readonly string[] = ["wrong_password", "repository_foreign", "not_restored", "disk_full"];

export interface MemoryParts extends Pick<CareBoxesParts, "careBox" | "environment"> {
  readonly box: Box;
  /** Id of the box, as containers are known by at the inside door. */
  readonly boxId: () => string;
  readonly bucket: Bucket;
  readonly storage: KeyStorage;
  /** The life of the container whose home is whole; null where there is none. */
  readonly boot: () => string | null;
  /** Versions of what runs, for a snapshot's record. */
  readonly versions: () => Readonly<Record<string, string>>;
  readonly policy: SnapshotPolicy;
  readonly mask: (text: string) => string;
  /** Goes on with work that nobody waits for. */
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** The bot's memory: what is saved of the living home, what a fresh container becomes, and who may write to the repository. */
export class Memory {
  private readonly parts: MemoryParts;
  private readonly books: Books;
  private readonly alarms: Alarms;
  private readonly runs: Runs;
  private readonly saver: Saver;
  private readonly restorer: Restorer;
  private readonly freshStart: FreshStart;
  private readonly copies: Copies;
  /** What is done with the repository apart from the agent. */
  readonly care: Care;
  private preparing = 0;

  constructor(parts: MemoryParts) {
    this.parts = parts;
    this.books = new Books(parts);
    this.alarms = new Alarms(parts.storage, parts.now);
    this.runs = new Runs({ ...parts, place: "agent" });
    this.freshStart = new FreshStart({ ...parts, books: this.books });
    const { books, alarms, runs, freshStart } = this;
    const settlement = new Settlement({ ...parts, books, opened: () => this.opened() });
    this.care = new Care({
      ...parts,
      ...{ books, alarms, settlement },
      agentRun: () => this.runs.current,
      agentIsPrepared: () => this.preparing > 0,
    });
    const otherRuns = () => (this.care.current === null ? [] : [this.care.current.run]);
    this.copies = new Copies(parts);
    const mend = (packs: readonly string[]) => this.care.mend(packs);
    const healing = new Healing({ ...parts, alarms, copies: this.copies, mend });
    this.saver = new Saver({ ...parts, runs, books, settlement, freshStart, healing, otherRuns });
    this.restorer = new Restorer({ runs, books, freshStart, alarms, healing, log: parts.log });
  }

  /** Makes the home of a fresh container. @throws RestoreFailed; never a fresh start while there is any snapshot (I4) */
  async prepare(boot: string): Promise<Prepared> {
    this.preparing++;
    try {
      await this.care.giveWay("a restore");
      return await this.prepared(boot);
    } finally {
      this.preparing--;
    }
  }

  private async prepared(boot: string): Promise<Prepared> {
    if (this.runs.current?.kind === "snapshot") {
      // Of the container before: what it made may be the newest memory.
      const isFreshOrdered = this.freshStart.inForce;
      const { problem } = await this.saver.resume(this.runs.current);
      if (this.runs.current !== null) {
        const message = problem?.message ?? "unknown";
        throw new RestoreFailed({ code: "not_settled", message: `The last snapshot is not settled: ${message}` });
      }
      if (isFreshOrdered) this.freshStart.order(); // what began before the order does not undo it
    }
    const prepared = await this.restorer.prepare(boot);
    if (prepared.kind === "restored") this.opened();
    return prepared;
  }

  /**
   * The container that was found has a whole home. The restore that made it may have been begun by an object that was reset
   * between the home's last file and the end of the run: unsettled, it would stand in the way of every snapshot.
   */
  async found(): Promise<void> {
    const { current } = this.runs;
    if (current === null || current.kind === "snapshot") return;
    const done = await this.restorer.finishEarlier();
    if (done?.kind === "restored") this.startsFrom(done.boot, done.record);
  }

  /** The home of this container's life is whole from now on: this snapshot, or empty. */
  startsFrom(boot: string, record: SnapshotRecord | null): void {
    this.saver.startsFrom(boot, record);
  }

  /** What has to be done about the memory of a bot that runs; begun here and finished in the background. */
  tend(): void {
    const { inBackground } = this.parts;
    if (this.saver.saving) return;
    const { current } = this.runs;
    if (current?.kind === "snapshot") inBackground("a snapshot", () => this.saver.resume(current));
    else if (this.saver.isDue(this.intervalMs) && !this.care.pruning)
      inBackground("a snapshot", () => this.saver.save("due"));
  }

  /** Whether another attempt may succeed by now: one that did not save is not repeated before its time. */
  get mayTry(): boolean {
    const { last } = this.saver;
    return last === null || last.saved || this.saver.isDue(this.intervalMs);
  }

  /** Whether a snapshot is being made, or its result not judged yet. */
  get isSaving(): boolean {
    return this.saver.saving || this.runs.current?.kind === "snapshot";
  }

  /** Saves everything that happened until now; says why where it could not. */
  async save(reason: Reason, options?: SaveOptions): Promise<Saved> {
    await this.care.giveWay(`a snapshot (${reason})`);
    return this.saver.save(reason, options);
  }

  /**
   * Begins to save, after what is under way, and goes on in the background.
   * @throws BotError `nothingToSave` or `unsaved` where no run comes of it
   */
  begin(reason: Reason, options: SaveOptions = {}): Promise<{ run: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ run: string }>();
    this.parts.inBackground("a snapshot", async () => {
      const saving = this.save(reason, { ...options, started: (id) => resolve({ run: id }) });
      const { run, outcome, problem } = await saving.catch((error: unknown) => {
        reject(new BotError("unsaved", { what: reason, reason: reasonOf(error) })); // whoever asked must not wait for ever
        throw error;
      });
      if (run !== "") resolve({ run });
      else if (outcome === "nothing") reject(new BotError("nothingToSave"));
      else reject(new BotError("unsaved", { what: reason, reason: problem?.message ?? outcome }));
    });
    return promise;
  }

  /**
   * Saves before an end that comes anyway: tries again for a minute, waits for at most ten. What it answers is the last word
   * on what is lost.
   */
  async lastChance(reason: Reason, options?: SaveOptions): Promise<Saved> {
    const { now, pause } = this.parts;
    const began = now();
    for (;;) {
      const saved = await this.notForEver(this.save(reason, options));
      const mayHelp = saved.outcome === "failed" && !lastingProblems.includes(saved.problem?.code ?? "");
      if (!mayHelp || Math.abs(now() - began) > stopRetriesMs) return saved;
      await pause(betweenRetriesMs);
    }
  }

  /** Whether this run may write to the repository, and what it sees of it. */
  async repositoryAccess(run: string): Promise<RepositoryAccess> {
    const { current } = this.runs;
    const apart = this.care.access(run, (snapshot) => this.indexesUntil(snapshot));
    if (apart !== undefined) return apart;
    if (current?.run !== run) return { write: "no", indexesUntil: this.indexesUntil(null) };
    const write = this.care.pruning ? "later" : "yes";
    return { write, indexesUntil: this.indexesUntil(current.about.snapshot ?? null) };
  }

  /** The record of a snapshot by its id or the beginning of it. */
  async find(id: string): Promise<SnapshotRecord[]> {
    return (await this.books.records()).filter((record) => record.id.startsWith(id));
  }

  /** The one snapshot whose id begins so. @throws BotError `snapshotUnknown`, `snapshotAmbiguous` */
  async theOne(id: string): Promise<SnapshotRecord> {
    const [record, ...others] = await this.find(id);
    if (record === undefined) throw new BotError("snapshotUnknown", { id });
    if (others.length > 0) throw new BotError("snapshotAmbiguous", { id, count: others.length + 1 });
    return record;
  }

  /** Every snapshot that is known, the newest first, and which of them is the memory. */
  async snapshots(): Promise<{ current: string | null; snapshots: SnapshotRecord[] }> {
    const promoted = await this.books.agree();
    const snapshots = (await this.books.records()).map(told).sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
    return { current: promoted?.current ?? null, snapshots };
  }

  get promoted(): Promoted | null {
    return this.books.promoted;
  }

  /** An operator's choice: this snapshot is the memory. The ones before stay promoted, to roll forward again. */
  async choose(record: SnapshotRecord): Promise<Promoted> {
    this.alarms.clear("snapshot_bad");
    this.freshStart.cancel();
    return this.books.promote(record, "an operator's restore");
  }

  /** An operator's order: the next container starts empty. What is saved stays, for `restore`. */
  async startFresh(): Promise<void> {
    await this.books.agree();
    this.freshStart.order();
  }

  /** What an import would meet: a memory or a home that becomes one, snapshots that no Agent promoted (`strange`), nothing. */
  async holds(): Promise<"memory" | "strange" | "nothing"> {
    if ((await this.books.agree()) !== null || (await this.parts.box.isRunning())) return "memory";
    return (await this.books.anySnapshot()) ? "strange" : "nothing";
  }

  /** Whoever has begun it tells of it: an end that is known, and whose meaning is not written down yet, is none. */
  async runReport(run: string): Promise<RunReport | undefined> {
    return this.care.current?.run === run ? this.care.report(run) : this.runs.report(run);
  }

  /** For the status page: from storage alone. `up` = a container with a whole home runs. */
  report(up: boolean): MemoryReport {
    const { promoted } = this.books;
    const record = promoted === null ? undefined : this.books.known(promoted.current);
    const { schedule, last } = this.saver;
    const { lastDrill, lastCare } = this.care;
    const { intervalMs } = this;
    const [run, raised, now] = [this.runs.current, this.alarms.all, this.parts.now()];
    return memoryReport({ promoted, record, schedule, last, run, lastDrill, lastCare, raised, up, intervalMs, now });
  }

  /** A run sees what belongs to the snapshot that it restores, a new snapshot what belongs to any that was judged. */
  private indexesUntil(snapshot: string | null): number | null {
    if (snapshot !== null) return this.books.known(snapshot)?.indexesUntil ?? null;
    const { promoted } = this.books;
    return promoted === null ? null : (this.books.known(promoted.current)?.indexesUntil ?? null);
  }

  /** The repository was opened just now, so what opens it is whole. */
  private opened(): void {
    this.parts.inBackground("copies of what opens the repository", () => this.copies.keep());
  }

  private get intervalMs(): number {
    return this.parts.policy.intervalMinutes * 60_000;
  }

  private async notForEver(saving: Promise<Saved>): Promise<Saved> {
    const { pause } = this.parts;
    for (let waited = 0; waited < stopWaitsMs; waited += 1_000) {
      const saved = await Promise.race([saving, pause(1_000)]);
      if (saved) return saved;
    }
    const problem = { code: "too_long", message: `the snapshot took longer than ${stopWaitsMs / 60_000} minutes` };
    return { run: "", saved: false, outcome: "unproven", snapshot: null, problem };
  }
}
