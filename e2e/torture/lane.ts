/** Batches, one after the other, each on a stage of its own. After a broken promise the stage is thrown away. */
import { Broken, Watchman } from "./check.ts";
import { Missed } from "./fault.ts";
import type { Batch } from "./plan.ts";
import { seeded } from "./random.ts";
import { Stage } from "./stage.ts";
import type { Result, Verified } from "./state.ts";
import { suffer } from "./suffer.ts";
import type { Tools } from "./tools.ts";
import { verify } from "./verify.ts";

/** Megabytes of a disk that can be filled. */
const smallDiskMb = 24;
/** Promoted snapshots of a stage that are restored at its end. */
const restoredAtEnd = 5;
const linesOfLog = 60;

export interface LaneOptions {
  readonly tools: Tools;
  readonly seed: number;
  /** Whether the fault was suffered in an earlier run. */
  readonly isDone: (batch: number, index: number) => boolean;
  readonly enough: () => boolean;
  readonly result: (result: Result) => void;
  readonly verified: (verified: Verified) => void;
}

/** Suffers a batch to its end. */
export async function sufferBatch({ number, smallDisk, faults }: Batch, options: LaneOptions): Promise<void> {
  const { tools, seed, isDone, enough, result, verified } = options;
  const random = seeded(seed + number * 7919);
  let putBack = false;
  let open: { readonly stage: Stage; readonly watchman: Watchman } | undefined;
  try {
    for (const [index, fault] of faults.entries()) {
      if (enough()) break;
      if (isDone(number, index)) continue;
      open ??= await begin(tools, smallDisk);
      const { stage, watchman } = open;
      const began = Date.now();
      const about = { batch: number, index, kind: fault.kind, at: fault.at };
      const seconds = () => Math.round((Date.now() - began) / 100) / 10;
      try {
        const { outcome } = await suffer(stage, watchman, fault, random);
        putBack ||= fault.losesData === true;
        result({ ...about, outcome, seconds: seconds() });
      } catch (error) {
        if (error instanceof Missed) {
          result({ ...about, outcome: "missed", seconds: seconds() });
          continue;
        }
        const what = error instanceof Broken ? error.message : `the torture itself: ${String(error)}`;
        const log = stage.lines.slice(-linesOfLog);
        result({ ...about, outcome: `broken: ${what}`.slice(0, 2000), seconds: seconds(), log });
        await stage.stop();
        [open, putBack] = [undefined, false];
      }
    }
    if (open === undefined) return;
    const { promised } = open.watchman;
    const found = await verify(open.stage, promised, random, { most: restoredAtEnd, putBack });
    verified({ batch: number, promoted: promised.length, ...found });
  } finally {
    await open?.stage.stop();
  }
}

async function begin(tools: Tools, smallDisk: boolean) {
  const stage = await Stage.start({ tools, ...(smallDisk && { diskMb: smallDiskMb }) });
  try {
    const woken = await stage.post("/api/wake");
    if (woken.status !== 200) throw new Error(`the first wake: ${woken.status} ${woken.text}`);
    const watchman = new Watchman(stage);
    for (let number = 0; number < 2; number++) watchman.note(await stage.save());
    return { stage, watchman };
  } catch (error) {
    await stage.stop();
    throw error;
  }
}
