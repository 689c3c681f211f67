import * as z from "zod";
import type { SnapshotPolicy } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Bucket } from "../storage.ts";
import type { RepositoryAccess } from "./access.ts";
import type { Alarms } from "./alarms.ts";
import type { Books } from "./books.ts";
import { CareBoxes, type CareBoxesParts, type CareKind } from "./careBoxes.ts";
import { CareNotes, type LastCare, type LastDrill } from "./careNotes.ts";
import { blockedIn, tidiedIn, whyNot } from "./careResult.ts";
import { isCareDue, isDrillDue } from "./careSchedule.ts";
import { type ImportBegun, type ImportTerms, importOrder } from "./importOrder.ts";
import { sweepLocks } from "./locks.ts";
import type { SnapshotRecord } from "./record.ts";
import { protectedIds } from "./retention.ts";
import type { RunEnd, RunRecord, RunReport } from "./runs.ts";
import type { Settlement } from "./settlement.ts";
import { SnapshotObjects } from "./snapshotObjects.ts";

/** All of the data is read back within so many cares. */
const parts = 7;

const indexesSchema = z.object({ promotion: z.number(), count: z.number() });

export interface CareParts extends CareBoxesParts {
  readonly books: Books;
  readonly alarms: Alarms;
  readonly settlement: Pick<Settlement, "imported">;
  readonly bucket: Bucket;
  readonly policy: SnapshotPolicy;
  /** The run under way in the agent's container. */
  readonly agentRun: () => RunRecord | null;
  /** Whether the agent's container is being filled: no prune begins then, also before the run that does it. */
  readonly agentIsPrepared: () => boolean;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
}

/**
 * Keeps the repository small and proves that the memory restores, in containers apart from the agent. The agent has the
 * right of way: what it cannot put off ends a prune, which is safe at any moment and is begun again later.
 */
export class Care {
  private readonly parts: CareParts;
  private readonly boxes: CareBoxes;
  private readonly notes: CareNotes;
  private readonly objects: SnapshotObjects;
  private finishing: string | undefined;
  private mending: Promise<boolean> | undefined;

  constructor(parts: CareParts) {
    this.parts = parts;
    this.boxes = new CareBoxes(parts);
    this.notes = new CareNotes(parts);
    this.objects = new SnapshotObjects(parts);
  }

  get lastCare(): LastCare | null {
    return this.notes.lastCare;
  }

  get lastDrill(): LastDrill | null {
    return this.notes.lastDrill;
  }

  /** The run under way. */
  get current(): RunRecord | null {
    return this.boxes.current;
  }

  /** Whether snapshots and packs are being removed: nobody else writes then, and nobody restores. */
  get pruning(): boolean {
    const { current } = this.boxes;
    if (current?.kind === "mend") return true;
    return current?.kind === "care" && this.parts.storage.get("care-step") !== "check";
  }

  /** What the repository asks about a run of care's; undefined for any other run. */
  access(run: string, indexesUntil: (snapshot: string) => number | null): RepositoryAccess | undefined {
    const { current } = this.boxes;
    if (current?.run !== run) return undefined;
    if (current.kind === "care" || current.kind === "mend") return { write: "yes", indexesUntil: null };
    const until = indexesUntil(current.about.snapshot ?? "");
    return { write: current.kind === "import" ? "yes" : "no", indexesUntil: until };
  }

  /** Goes on with what an earlier object began, else begins what is due. Returns at once. */
  tend(): void {
    const { inBackground, agentRun, agentIsPrepared, books } = this.parts;
    const { current, starting } = this.boxes;
    if (starting) return;
    if (current !== null) {
      if (this.finishing !== current.run) inBackground("care", () => this.finish(current));
      return;
    }
    if (agentRun() !== null || agentIsPrepared()) return;
    inBackground("care", async () => {
      await this.boxes.close();
      if (books.promoted === null) return;
      if (this.drillDue()) await this.drill();
      else if (await this.careDue()) await this.care();
    });
  }

  /** Begins to tidy the repository. @throws BotError `runUnderWay`, `nothingSaved` */
  async care(): Promise<{ run: string }> {
    const { books, policy, agentRun, agentIsPrepared, storage } = this.parts;
    const hinders = () => agentRun()?.run ?? (agentIsPrepared() ? "restore" : null);
    const hinder = hinders();
    if (hinder !== null) throw new BotError("runUnderWay", { run: hinder });
    const promoted = await books.agree();
    if (promoted === null) throw new BotError("nothingSaved");
    const records = await books.records();
    const protect = protectedIds(records, promoted, policy.keep);
    await this.objects.putBackGone(records.filter(({ id }) => protect.has(id)));
    const number = counted(storage.get("care-number")) + 1;
    storage.put("care-number", number);
    storage.put("care-step", "forget");
    const words = ` --keep '${JSON.stringify(policy.keep)}' --protect ${[...protect].join(",")} --part ${(number % parts) + 1}/${parts}`;
    return this.begin("care", words, { promotion: String(promoted.number) }, hinders);
  }

  /** Begins to restore the memory into an empty container. @throws BotError `runUnderWay`, `nothingSaved` */
  async drill(): Promise<{ run: string }> {
    const promoted = await this.parts.books.agree();
    if (promoted === null) throw new BotError("nothingSaved");
    return this.begin("drill", ` --snapshot ${promoted.current}`, { snapshot: promoted.current });
  }

  /** Begins to compare two snapshots. @throws BotError `runUnderWay` */
  async diff(from: SnapshotRecord, to: SnapshotRecord): Promise<{ run: string }> {
    const newer = (from.indexesUntil ?? Number.POSITIVE_INFINITY) > (to.indexesUntil ?? 0) ? from : to;
    return this.begin("diff", ` --from ${from.id} --to ${to.id}`, { snapshot: newer.id });
  }

  /** Begins to make a snapshot ready to be fetched as an archive. @throws BotError `runUnderWay`, `nothingSaved` */
  async export(chosen?: SnapshotRecord): Promise<{ run: string; snapshot: string }> {
    const snapshot = chosen?.id ?? (await this.parts.books.agree())?.current;
    if (snapshot === undefined) throw new BotError("nothingSaved");
    return { ...(await this.begin("export", ` --snapshot ${snapshot}`, { snapshot })), snapshot };
  }

  /** Begins to make a snapshot of a home from elsewhere, which is sent to the run. @throws BotError `runUnderWay` */
  async import(terms: ImportTerms): Promise<ImportBegun> {
    const promoted = await this.parts.books.agree();
    const record = promoted === null ? undefined : await this.parts.books.record(promoted.current);
    const { words, about, ...told } = importOrder(promoted, record, terms);
    return { ...(await this.begin("import", words, about)), ...told };
  }

  report(run: string): Promise<RunReport | undefined> {
    return this.boxes.report(run);
  }

  /**
   * Ends a prune because the agent has to restore or to save now. From here on the repository refuses it; what it leaves is
   * whole, since restic removes nothing before what replaces it is there.
   */
  async giveWay(to: string): Promise<void> {
    if (this.mending !== undefined) await this.mending; // whoever asks may need just this
    if (this.pruning) await this.endRun(to);
  }

  /**
   * Has the index written anew before anything else goes on: no run opens the repository without it. Whether it was done.
   * `packs` rotted: what is whole in them is saved. Everybody who asks meanwhile shares it.
   */
  mend(packs: readonly string[]): Promise<boolean> {
    this.mending ??= this.mendNow(packs).finally(() => {
      this.mending = undefined;
    });
    return this.mending;
  }

  private async mendNow(packs: readonly string[]): Promise<boolean> {
    await this.endRun("mending");
    await this.removeLocks();
    const words = packs.length > 0 ? ` --packs ${packs.join(",")}` : "";
    const record = await this.boxes.start("mend", words, {}, () => null);
    const end = await this.finish({ ...record, kind: "mend" });
    const done = end !== undefined && "result" in end && end.result.outcome === "mended";
    if (end !== undefined && !done) this.notes.failed("mend", whyNot(end));
    return done;
  }

  private async endRun(to: string): Promise<void> {
    const { current } = this.boxes;
    if (current === null) return;
    if (current.kind === "care") this.notes.postponed("care");
    this.boxes.settled({ run: current, died: `it gave way to ${to}` });
    this.parts.log("info", "care gave way", { run: current.run, to });
    await this.removeLocks();
    this.parts.inBackground("the end of care", () => this.boxes.close());
  }

  private async begin(
    kind: CareKind,
    words: string,
    about: Readonly<Record<string, string>>,
    hindered?: () => string | null,
  ): Promise<{ run: string }> {
    const record = await this.boxes.start(kind, words, about, hindered).catch((error: unknown) => {
      if (error instanceof BotError) throw error;
      this.notes.failed(kind, { code: "not_started", message: reasonOf(error) });
      throw new BotError("careNotStarted", { what: kind, reason: reasonOf(error) });
    });
    this.parts.inBackground("care", () => this.finish({ ...record, kind }));
    return { run: record.run };
  }

  private async finish(record: RunRecord & { kind: CareKind }): Promise<RunEnd | undefined> {
    if (this.finishing === record.run) return undefined;
    this.finishing = record.run;
    let end: RunEnd;
    try {
      end = await this.boxes.follow(record, (step) => this.parts.storage.put("care-step", step));
      if (this.boxes.current?.run === record.run) {
        if (record.kind === "care") await this.settleCare(end);
        if (record.kind === "drill") this.notes.drill(end);
        if (record.kind === "import") await this.parts.settlement.imported(end);
        this.boxes.settled(end);
      }
    } finally {
      this.finishing = undefined;
    }
    await this.boxes.close();
    return end;
  }

  /** Can be repeated: an object that was reset between two writes comes here again. */
  private async settleCare(end: RunEnd): Promise<void> {
    const { books, alarms, storage } = this.parts;
    const tidied = tidiedIn(end);
    if (tidied === undefined) {
      await this.removeLocks();
      await this.objects.clear(blockedIn(end)?.unreadable ?? [], await books.records());
      this.notes.care(end);
      return;
    }
    const lost = await this.knownAmong(tidied.missing);
    for (const record of lost) await books.note({ ...record, verdict: "bad", problem: "it is not in the repository" });
    if (lost.length > 0) {
      const names = lost.map(({ id }) => id.slice(0, 8)).join(", ");
      alarms.raise("snapshot_lost", `These are to be kept and are not in the repository any more: ${names}.`);
    }
    const stays = new Set([...tidied.left, ...tidied.missing]);
    const gone = (await books.records()).filter((one) => !stays.has(one.id) && Date.parse(one.at) < end.run.startedAt);
    await books.forget(gone.map(({ id }) => id));
    alarms.clear("repository_healed"); // all that is left was just checked
    storage.put("care-promotion", Number(end.run.about.promotion ?? 0));
    storage.delete("care-indexes");
    this.notes.care(end);
  }

  private drillDue(): boolean {
    return isDrillDue(this.notes.times("drill"), this.parts.policy.drillDays, this.parts.now());
  }

  /** Nothing to tidy where nothing was saved since: an idle bot costs nothing. */
  private async careDue(): Promise<boolean> {
    const { books, storage, policy, now } = this.parts;
    const number = books.promoted?.number ?? 0;
    const times = this.notes.times("care");
    if (number === counted(storage.get("care-promotion"))) return false;
    return isCareDue(times, await this.indexFiles(number), policy.careIndexFiles, now());
  }

  /** Counted once for each promotion. */
  private async indexFiles(promotion: number): Promise<number> {
    const { bucket, storage } = this.parts;
    const known = indexesSchema.safeParse(storage.get("care-indexes")).data;
    if (known?.promotion === promotion) return known.count;
    const { objects } = await bucket.list({ prefix: "index/" });
    storage.put("care-indexes", { promotion, count: objects.length });
    return objects.length;
  }

  private async removeLocks(): Promise<void> {
    const { bucket, agentRun, log } = this.parts;
    const living = agentRun();
    const swept = await sweepLocks(bucket, living === null ? [] : [living.run]);
    if (swept > 0) log("info", "locks of care that ended were removed", { swept });
  }

  private async knownAmong(ids: readonly string[]): Promise<SnapshotRecord[]> {
    return (await this.parts.books.records()).filter(({ id, verdict }) => ids.includes(id) && verdict !== "bad");
  }
}

function counted(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
