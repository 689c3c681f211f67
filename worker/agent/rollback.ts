import * as z from "zod";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Memory } from "../snapshots/memory.ts";
import { type SnapshotRecord, told } from "../snapshots/record.ts";
import type { RunReport } from "../snapshots/runs.ts";
import type { KeyStorage } from "../storage.ts";
import type { Rest } from "./rest.ts";

const operationSchema = z.object({
  run: z.string(),
  /** The snapshot that shall be the memory; null: an empty home. */
  snapshot: z.string().nullable(),
  /** Whether the bot starts afterwards; else it stays stopped until a wake or a chat. */
  starts: z.boolean().default(true),
  /** What is not saved is given up, after a bounded wait. */
  force: z.boolean(),
  step: z.enum(["replacing", "starting", "done", "failed"]),
  /** The memory before, as it was saved for this. */
  before: z.string().nullable(),
  unsaved: z.string().nullable(),
  problem: z.string().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
});
type Operation = z.infer<typeof operationSchema>;

/** What an operator wants. */
export interface Wanted {
  /** Goes on where what is cannot be saved. */
  readonly force: boolean;
  /** @default true */
  readonly starts?: boolean;
}

export interface RollbackParts {
  readonly memory: Pick<Memory, "choose" | "find" | "promoted" | "startFresh" | "save">;
  readonly rest: Pick<Rest, "stop">;
  readonly bringUp: (cause: string) => Promise<void>;
  readonly storage: KeyStorage;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * An operator's `restore <id>` and `start-fresh`: saves what is, ends the container, makes the chosen snapshot (or nothing) the
 * memory, starts. Each step can be repeated, and the operation is written down, so that an object that was reset goes on with it.
 */
export class Rollback {
  private readonly parts: RollbackParts;
  private working = false;

  constructor(parts: RollbackParts) {
    this.parts = parts;
  }

  /** Begins; the answer's run is asked for with {@link Rollback.report}. @throws BotError `runUnderWay` */
  begin(chosen: SnapshotRecord | null, { force, starts = true }: Wanted): { run: string } {
    const { memory, now } = this.parts;
    const { underWay } = this;
    if (underWay !== undefined) throw new BotError("runUnderWay", { run: underWay });
    const run = `${kindOf(chosen)}-${crypto.randomUUID().slice(0, 13)}`;
    const before = memory.promoted?.current ?? null;
    const fresh = { step: "replacing", before, unsaved: null, problem: null, endedAt: null } as const;
    this.operation = { run, snapshot: chosen?.id ?? null, force, starts, startedAt: now(), ...fresh };
    this.resume();
    return { run };
  }

  /** The operation that has not ended. */
  get underWay(): string | undefined {
    return this.operation?.endedAt === null ? this.operation.run : undefined;
  }

  /** Goes on with an operation that an earlier object began. */
  resume(): void {
    const { operation } = this;
    if (this.working || operation === undefined || operation.endedAt !== null) return;
    this.working = true;
    this.parts.inBackground("a restore", () =>
      this.goOn(operation)
        .catch((error: unknown) => this.finish("failed", reasonOf(error)))
        .finally(() => {
          this.working = false;
        }),
    );
  }

  /** What became of it; undefined when this is no operation of ours. */
  async report(run: string): Promise<RunReport | undefined> {
    const { operation } = this;
    if (operation?.run !== run) return undefined;
    const { snapshot, before, unsaved, problem, step, startedAt, endedAt } = operation;
    const known = async (id: string) => (await this.parts.memory.find(id)).map(told)[0] ?? { id };
    const ends = { before: before && (await known(before)), after: snapshot && (await known(snapshot)) };
    const result = { outcome: step, ...ends, unsaved, problem };
    return {
      run,
      kind: kindOf(snapshot),
      state: endedAt === null ? "running" : "ended",
      startedAt: new Date(startedAt).toISOString(),
      endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
      progress: { step },
      result: endedAt === null ? null : result,
      died: null,
    };
  }

  private async goOn({ snapshot, force, starts, step }: Operation): Promise<void> {
    const { memory, rest, bringUp, log } = this.parts;
    const cause = snapshot === null ? "an operator's fresh start" : `an operator's restore of ${snapshot.slice(0, 8)}`;
    if (step === "replacing") {
      const { unsaved } = await rest.stop(starts ? "running" : "stopped", cause, {
        reason: "restore",
        unsaved: force ? "tell" : "refuse",
        afterwards: () => this.replace(snapshot),
      });
      this.update({ unsaved });
    }
    if (!starts) return this.finish("done", null);
    await bringUp(cause);
    if (snapshot === null) {
      const { saved, problem } = await memory.save("first", { always: true });
      if (!saved)
        log("warn", "a fresh home is not saved yet; what was before stays the memory", { reason: problem?.message });
      return this.finish("done", null);
    }
    const { promoted } = memory;
    if (promoted?.current === snapshot) return this.finish("done", null);
    this.finish("failed", `it is bad; the bot took ${promoted?.current.slice(0, 8)} instead`);
  }

  private async replace(snapshot: string | null): Promise<void> {
    const { memory } = this.parts;
    const before = memory.promoted?.current ?? null;
    if (snapshot === null) await memory.startFresh();
    else {
      const [record] = await memory.find(snapshot);
      if (record === undefined) throw new BotError("snapshotUnknown", { id: snapshot });
      await memory.choose(record);
    }
    this.update({ step: "starting", ...(before !== snapshot && { before }) });
  }

  private finish(step: "done" | "failed", problem: string | null): void {
    const { log, now } = this.parts;
    log(problem === null ? "info" : "error", `the operation ${this.operation?.run} is ${step}`, {
      snapshot: this.operation?.snapshot,
      problem,
    });
    this.update({ step, problem, endedAt: now() });
  }

  private update(change: Partial<Operation>): void {
    if (this.operation !== undefined) this.operation = { ...this.operation, ...change };
  }

  private get operation(): Operation | undefined {
    return operationSchema.safeParse(this.parts.storage.get("rollback")).data;
  }

  private set operation(operation: Operation) {
    this.parts.storage.put("rollback", operation);
  }
}

const kindOf = (snapshot: unknown) => (snapshot === null ? "start-fresh" : "rollback");
