import { bytesPerGib, type Size } from "../cost/sizes.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Reading, sourceEndsMs, type Tell } from "../usage/reading.ts";
import type { ContainerUse } from "./containerUse.ts";

/** Seconds between two readings of a container that runs. */
export const readEverySeconds = 300;
/** A container that nobody has looked at for longer was not watched: it is counted until that look. */
const watchedMs = 2 * readEverySeconds * 1_000;
/** How long the last readings of an ended container are told again and again; then they wait for its next start. */
const retellMs = 3_600_000;
/** So many ended containers of one object are kept for a book that does not answer. */
const mostUntold = 50;
/** An older one is not told any more: the book may know no longer what of it was counted. */
const tellableMs = sourceEndsMs / 2;

/** A container's count, from its start. */
interface Count {
  readonly source: string;
  readonly startedAt: number;
  /** When it was last known to run. */
  readonly readAt: number;
  /** What it was given when it started: a new size comes with another container. */
  readonly size: Size;
  readonly cpuSeconds?: number;
  readonly sentBytes?: number;
  /** Of the last look, where it was answered. */
  readonly levels?: NonNullable<Reading["levels"]>;
}

interface Untold {
  readonly reading: Reading;
  readonly endedAt: number;
}

export interface MeterParts {
  /** Who counts: class and object. A start adds its moment. */
  readonly source: string;
  readonly of: Reading["of"];
  /** What is declared for a container that starts now. */
  readonly size: Size;
  /** Of the object: a count goes on where a reset has interrupted it. */
  readonly storage: Pick<DurableObjectStorage["kv"], "get" | "put" | "delete">;
  readonly now: () => number;
  /** Asks the running container. */
  readonly look: (signal: AbortSignal) => Promise<ContainerUse>;
  readonly tell: Tell;
  readonly log: Log;
}

const countKey = "meter";
const untoldKey = "meterUntold";

/**
 * Counts what a container uses, from its start to its end, and tells it. Time is the object's own clock, so that a container that does
 * not answer counts all the same; what is used is asked. Lost is only what was used between the last look and an end without a word.
 */
export class ContainerMeter {
  private readonly parts: MeterParts;

  constructor(parts: MeterParts) {
    this.parts = parts;
  }

  /** The container runs. Begins a count, or goes on with the one that is there: the SDK says so again whenever it connects. */
  started(): void {
    if (this.count) return;
    const { source, size, now } = this.parts;
    const startedAt = now();
    this.keep({ source: `${source}/${startedAt}`, startedAt, readAt: startedAt, size });
  }

  /** Looks at the running container; waits no longer than `signal` for it. One that does not answer is counted all the same. */
  async look(signal: AbortSignal): Promise<void> {
    const before = this.count;
    if (!before) return;
    const { look, log, now } = this.parts;
    const readAt = Math.max(before.readAt, now());
    const use = await Promise.race([look(signal), aborted(signal)]).catch((error: unknown) => {
      log("warn", "a container does not tell what it uses; its time is counted", { reason: reasonOf(error) });
    });
    if (this.count?.source !== before.source) return; // it has ended meanwhile
    const { levels: _of, ...counted } = before;
    this.keep({ ...counted, readAt, ...(use && usedBy(use, before)) });
  }

  /** The container has ended, now or, where nobody watched it, after the last look. */
  ended(): void {
    const count = this.count;
    if (!count) return;
    const now = this.parts.now();
    const seen = now - count.readAt <= watchedMs ? { ...count, readAt: Math.max(count.readAt, now) } : count;
    this.keepUntold([...this.untold, { reading: this.reading(seen), endedAt: now }]);
    this.parts.storage.delete(countKey);
  }

  /** Tells what stands untold, and the count that goes on. What cannot be told is told with the next one. */
  async tell(): Promise<void> {
    const { tell, storage, log } = this.parts;
    this.keepUntold(this.untold);
    try {
      for (const { reading } of this.untold) {
        await tell(reading);
        storage.put(
          untoldKey,
          this.untold.filter((other) => other.reading.source !== reading.source),
        );
      }
      if (this.count) await tell(this.reading(this.count));
    } catch (error) {
      log("warn", "what a container used could not be told; it is told again", { reason: reasonOf(error) });
    }
  }

  /** Whether something of an ended container may still be told: an object is not woken for ever by what nobody takes. */
  get owes(): boolean {
    const now = this.parts.now();
    return this.untold.some(({ endedAt }) => now - endedAt < retellMs);
  }

  private keepUntold(all: readonly Untold[]): void {
    const { storage, log, now } = this.parts;
    const kept = all.slice(-mostUntold).filter(({ endedAt }) => now() - endedAt < tellableMs);
    if (kept.length < all.length)
      log("error", "what an ended container used is forgotten: it could not be told", {
        source: all[0]?.reading.source,
      });
    if (all.length > 0) storage.put(untoldKey, kept);
  }

  private reading({ source, startedAt, readAt, size, cpuSeconds, sentBytes, levels }: Count): Reading {
    const seconds = (readAt - startedAt) / 1_000;
    return {
      source,
      of: this.parts.of,
      counted: {
        containerSeconds: seconds,
        memoryGibSeconds: seconds * size.memoryGib,
        diskGbSeconds: seconds * size.diskGb,
        // No container is believed to have used more than it has.
        ...(cpuSeconds !== undefined && { vcpuSeconds: Math.min(cpuSeconds, seconds * size.vcpu) }),
        ...(sentBytes !== undefined && { egressGb: sentBytes / 1e9 }),
      },
      ...(levels && { levels }),
    };
  }

  private get count(): Count | undefined {
    return this.parts.storage.get<Count>(countKey);
  }

  private keep(count: Count): void {
    this.parts.storage.put(countKey, count);
  }

  private get untold(): readonly Untold[] {
    return this.parts.storage.get<readonly Untold[]>(untoldKey) ?? [];
  }
}

/** Rejects at once when the signal comes, whatever the other side makes of it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** What a look adds to a count. A level above what the container has is its machine's (a folder of Docker's). Counters that fell stay where they were: on the process engine an ended process takes its time along. */
function usedBy(use: ContainerUse, before: Count): Pick<Count, "cpuSeconds" | "sentBytes" | "levels"> {
  const { cpuSeconds, sentBytes, memoryBytes, diskBytes } = use;
  const { size } = before;
  return {
    ...(cpuSeconds !== null && { cpuSeconds: Math.max(before.cpuSeconds ?? 0, cpuSeconds) }),
    ...(sentBytes !== null && { sentBytes: Math.max(before.sentBytes ?? 0, sentBytes) }),
    levels: {
      ...(memoryBytes !== null && memoryBytes <= size.memoryGib * bytesPerGib && { memoryBytes }),
      ...(diskBytes !== null && diskBytes <= size.diskGb * bytesPerGib && { diskBytes }),
    },
  };
}
