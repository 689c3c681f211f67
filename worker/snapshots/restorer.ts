import type { Log } from "../log.ts";
import type { Alarms } from "./alarms.ts";
import type { Books } from "./books.ts";
import type { FreshStart } from "./freshStart.ts";
import { type Healing, isHealed } from "./healing.ts";
import { byPromotion, type SnapshotRecord } from "./record.ts";
import { problemOf, type RunProblem, type RunResult, tagsOf } from "./result.ts";
import type { RunEnd, RunRecord, Runs } from "./runs.ts";

/** Problems that stay until somebody changes the stack: another try does not help. */
const hopelessCodes: readonly string[] = ["wrong_password", "repository_foreign", "no_good_snapshot"];

/** No home could be made. Never answered by a fresh start (I4). */
export class RestoreFailed extends Error {
  override readonly name = "RestoreFailed";
  readonly code: string;

  constructor({ code, message, next }: RunProblem) {
    super(next ? `${message} ${next}` : message);
    this.code = code;
  }

  /** Whether another try can help. */
  get hopeless(): boolean {
    return hopelessCodes.includes(this.code);
  }
}

/** What a fresh container should become. */
export type Prepared =
  /** There has never been a snapshot, or an operator ordered it: the home starts empty. */
  | { readonly kind: "first-boot" }
  /** The home is this snapshot; the container's life has this id. */
  | { readonly kind: "restored"; readonly record: SnapshotRecord; readonly boot: string };

export interface RestorerParts {
  readonly runs: Runs;
  readonly books: Books;
  readonly freshStart: Pick<FreshStart, "inForce">;
  readonly alarms: Alarms;
  /** Mends the repository where a run cannot read it. */
  readonly healing: Pick<Healing, "heal" | "isOwedFor">;
  readonly log: Log;
}

/** Fills the home of a fresh container: with the promoted snapshot, else with the one before, never with nothing (I4) unless ordered. */
export class Restorer {
  private readonly parts: RestorerParts;
  /** Whether the index was written anew in this attempt, or could not be. */
  private indexed = false;

  constructor(parts: RestorerParts) {
    this.parts = parts;
  }

  /** @throws RestoreFailed when there are snapshots and none can be restored now */
  async prepare(boot: string): Promise<Prepared> {
    const { books, freshStart, log } = this.parts;
    this.indexed = false;
    const finished = await this.finishEarlier();
    if (finished !== undefined) return finished;
    const promoted = await books.agree();
    if (freshStart.inForce) {
      log("warn", "the home starts empty, as an operator ordered", { promoted: promoted?.current });
      return { kind: "first-boot" };
    }
    if (promoted !== null) return this.fromPromoted(promoted.current, boot);
    return (await books.repositoryExists()) ? this.adopt(boot) : { kind: "first-boot" };
  }

  /** A restore that an earlier object began in this container: its end counts, whoever waits for it. */
  async finishEarlier(): Promise<Prepared | undefined> {
    const { runs, books } = this.parts;
    const run = runs.current;
    if (run === null) return undefined;
    const end = await runs.follow(run);
    if (run.kind === "restore" && "result" in end && ["restored", "bad"].includes(end.result.outcome)) {
      const record = (await books.record(run.about.snapshot ?? "")) ?? recordOfRun(run, end.result);
      const done = await this.settled(end, record);
      if (done) return { kind: "restored", record: await this.asMemory(record), boot: run.about.boot ?? "" };
    } else runs.settled(end);
    return undefined;
  }

  private async fromPromoted(current: string, boot: string): Promise<Prepared> {
    const { books } = this.parts;
    const first = (await books.record(current)) ?? unknownRecord(current);
    if (await this.restore(first, boot)) return { kind: "restored", record: first, boot };
    const others = byPromotion(await books.records()).filter(({ id }) => id !== current);
    const [good, bad] = [
      others.filter(({ verdict }) => verdict !== "bad"),
      others.filter(({ verdict }) => verdict === "bad"),
    ];
    // Those that were bad come last: what spoiled them may have been mended.
    for (const record of [...good, ...bad]) {
      if (await this.restore(record, boot)) return { kind: "restored", record: await this.asMemory(record), boot };
    }
    throw noneLeft(others.length + 1);
  }

  /** The bucket holds a repository that nobody promoted anything of: its newest snapshot that is whole becomes the memory. */
  private async adopt(boot: string): Promise<Prepared> {
    const { books, log } = this.parts;
    const result = resultOf(await this.listed());
    const { repository, snapshots } = result;
    if (!repository) throw new RestoreFailed(problemOf(result));
    const found = [...(snapshots ?? [])].sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
    if (found.length === 0) {
      if (!(await books.anySnapshot())) return { kind: "first-boot" };
      const message = "The bucket holds snapshots that this repository does not know.";
      throw new RestoreFailed({
        code: "repository_foreign",
        message,
        next: "Look at it with restic before anything else.",
      });
    }
    log("warn", "the bucket holds snapshots that no Agent promoted: the newest that is whole is taken", {
      found: found.length,
    });
    for (const { id, time, tags } of found) {
      const known = await books.record(id);
      const record = known ?? { ...unknownRecord(id), at: new Date(time).toISOString(), tags: tagsOf(tags) };
      if (await this.restore(record, boot)) return { kind: "restored", record: await this.asMemory(record), boot };
    }
    throw noneLeft(found.length);
  }

  /** Whether the home is this snapshot now; false when the snapshot is bad. @throws RestoreFailed for anything else */
  private async restore(record: SnapshotRecord, boot: string): Promise<boolean> {
    const { runs } = this.parts;
    const about = { snapshot: record.id, boot };
    for (;;) {
      const run = await runs.start("restore", ` --snapshot ${record.id} --boot-id ${boot}`, "restore", about);
      const end = await runs.follow(run);
      if (!(await this.heals(end, record))) return this.settled(end, record);
    }
  }

  private async listed(): Promise<RunEnd> {
    const { runs } = this.parts;
    for (;;) {
      const end = await runs.follow(await runs.start("list", "", "restore", {}));
      runs.settled(end);
      if (!(await this.heals(end))) return end;
    }
  }

  /** Whether the repository was mended because of this end, so that another run is worth it. Each time needs something rotten, but the first. */
  private async heals(end: RunEnd, record?: SnapshotRecord): Promise<boolean> {
    const { runs, healing } = this.parts;
    const problem = "result" in end ? problemIn(end.result) : undefined;
    const healed = problem === undefined ? "nothing" : await healing.heal(problem, this.indexed, record);
    this.indexed ||= healed === "index" || healed === "failed";
    if (isHealed(healed)) runs.settled(end);
    return isHealed(healed);
  }

  private async settled(end: RunEnd, record: SnapshotRecord): Promise<boolean> {
    const { runs, books, alarms, healing, log } = this.parts;
    if ("died" in end) runs.settled(end);
    const result = resultOf(end);
    if (result.outcome === "bad" && healing.isOwedFor(problemOf(result))) {
      runs.settled(end);
      const message = `The index is not whole: ${problemOf(result).message}`;
      throw new RestoreFailed({ code: "repository_damaged", message });
    }
    if (result.outcome === "bad") {
      const { code, message } = problemOf(result);
      await books.note({ ...record, verdict: "bad", problem: `${code}: ${message}` });
      alarms.raise("snapshot_bad", `The snapshot ${record.id.slice(0, 8)} could not be restored (${code}): ${message}`);
      log("error", "a snapshot is bad; the one before is taken", { snapshot: record.id, code, message });
    }
    runs.settled(end);
    if (result.outcome === "restored") return true;
    if (result.outcome === "bad") return false;
    throw new RestoreFailed(problemOf(result));
  }

  /** What was restored in place of a bad one, or found in the bucket, is the memory from now on. */
  private async asMemory(record: SnapshotRecord): Promise<SnapshotRecord> {
    const { books } = this.parts;
    await books.promote(record, "restored");
    return (await books.record(record.id)) ?? record;
  }
}

function resultOf(end: RunEnd): RunResult {
  if ("result" in end) return end.result;
  throw new RestoreFailed({ code: "run_died", message: `The run ${end.run.run} ended without a result: ${end.died}` });
}

/** Why a run did not do what it was to do. A bucket without `config` is one that restic calls absent, whatever else lies in it. */
function problemIn(result: RunResult): RunProblem | undefined {
  if (["bad", "failed"].includes(result.outcome)) return problemOf(result);
  const absent = result.repository === "absent";
  return absent ? { code: "repository_absent", message: "there is no config in the bucket" } : undefined;
}

function noneLeft(tried: number): RestoreFailed {
  const message = `None of the ${tried} snapshots that were once the memory could be restored; the bot does not start without it.`;
  return new RestoreFailed({
    code: "no_good_snapshot",
    message,
    next: "`./talaria snapshots` says what is wrong with each; `./talaria restore <id>` takes another one.",
  });
}

/** For a snapshot that nothing but its id is known of. */
function unknownRecord(id: string): SnapshotRecord {
  return {
    id,
    at: new Date(0).toISOString(),
    reason: "adopted",
    verdict: "promoted",
    problem: null,
    tree: null,
    addedBytes: null,
    fingerprint: null,
    versions: {},
    parent: null,
    indexesUntil: null,
    tags: {},
    promotion: null,
  };
}

function recordOfRun({ about }: RunRecord, { tree }: RunResult): SnapshotRecord {
  return { ...unknownRecord(about.snapshot ?? ""), tree: tree ?? null };
}
