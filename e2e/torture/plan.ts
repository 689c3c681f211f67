/** Which faults come, in which order. */
import type { Fault } from "./fault.ts";
import { answers } from "./faults/answers.ts";
import { clocks } from "./faults/clock.ts";
import { disks } from "./faults/disk.ts";
import { kills } from "./faults/kill.ts";
import { objects } from "./faults/objects.ts";
import { r2 } from "./faults/r2.ts";
import { ticks } from "./faults/ticks.ts";
import { uploads } from "./faults/upload.ts";
import { seeded } from "./random.ts";

/** Faults that hit one stage one after the other. */
export interface Batch {
  readonly number: number;
  /** The stage's disk is small, so that it can be filled. */
  readonly smallDisk: boolean;
  readonly faults: readonly Fault[];
}

/** Faults that a stage takes: its home grows all the time. */
const batchSize = 25;

/** Every fault that there is, on a stage of either kind. */
export const everyFault = () => [
  ...kills(),
  ...uploads(),
  ...answers(),
  ...r2(),
  ...ticks(),
  ...clocks(),
  ...objects(),
];

/**
 * `count` faults: all of them as often as it takes, in an order that the seed gives. Faults of a full disk, where they can be had,
 * are one of twelve batches.
 */
export function plan(seed: number, count: number, { fullDisks }: { readonly fullDisks: boolean }): Batch[] {
  const random = seeded(seed);
  const batches: Batch[] = [];
  const endless = (from: () => Fault[]) => {
    let left: Fault[] = [];
    return () => {
      if (left.length === 0) left = random.shuffled(from());
      const next = left.pop();
      if (next === undefined) throw new Error("there are no faults");
      return next;
    };
  };
  const [common, onDisk] = [endless(everyFault), endless(disks)];
  for (let planned = 0; planned < count; ) {
    const smallDisk = fullDisks && batches.length % 12 === 1;
    const size = Math.min(smallDisk ? 14 : batchSize, count - planned);
    const faults = Array.from({ length: size }, smallDisk ? onDisk : common);
    batches.push({ number: batches.length, smallDisk, faults });
    planned += size;
  }
  return batches;
}
