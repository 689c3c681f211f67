/** One fault on a stage: begin, strike, take away, wait, look. */
import { setTimeout as pause } from "node:timers/promises";
import { Broken, type Watchman } from "./check.ts";
import { kill } from "./container.ts";
import type { Fault } from "./fault.ts";
import { release } from "./moments.ts";
import type { Random } from "./random.ts";
import type { Stage, Status } from "./stage.ts";

/** How long a bot may take to be ready again, seconds. Ticks come all the time, as they do each minute on the platform. */
const recoverySeconds = 120;

const waits = "waits for a hand";

export interface Suffered {
  /** What became of it, for the table. */
  readonly outcome: string;
  readonly seconds: number;
}

/** @throws Broken when a promise is broken, Missed when the fault did not strike */
export async function suffer(stage: Stage, watchman: Watchman, fault: Fault, random: Random): Promise<Suffered> {
  const began = Date.now();
  const before = watchman.note(await ready(stage));
  if (before === undefined) throw new Broken("nothing is promoted to begin with");
  const clock = { ms: 0 };
  // Where nothing older was promoted there is nothing to fall back to.
  const hand = fault.needsHand === true || (fault.fallsBack === true && watchman.promised.length < 2);
  const outcome = await struck(stage, watchman, fault, before, random, clock).catch(async (error: unknown) => {
    await takeAway(stage, fault).catch(() => {}); // the first error is the one to tell
    throw error;
  });
  await takeAway(stage, fault);
  if (outcome.startsWith(waits) && !hand)
    throw new Broken(`${fault.at}: ${outcome}, although older snapshots are whole`);
  const after = await ready(stage, hand);
  watchman.note(after, clock.ms);
  const id = after.memory.promoted?.id ?? "";
  if (!fault.fallsBack && !watchman.notOlder(id, before))
    throw new Broken(`what is promoted went back to ${id.slice(0, 8)}`);
  await watchman.nothingGone();
  await watchman.beganWhole((restored) => fault.fallsBack === true || watchman.notOlder(restored, before));
  const savedThroughIt = fault.verb === "snapshot" && id !== before;
  // A restore that went well is proof enough; now and then a snapshot of what it brought is made too.
  if (!savedThroughIt && (fault.verb === "snapshot" || fault.fallsBack || random.below(4) === 0))
    await savesAgain(stage, watchman, id);
  return { outcome, seconds: (Date.now() - began) / 1000 };
}

async function struck(
  stage: Stage,
  watchman: Watchman,
  fault: Fault,
  before: string,
  random: Random,
  clock: { ms: number },
): Promise<string> {
  await fault.arm?.(stage, random);
  if (fault.kind === "the Worker's clock") clock.ms = stage.clockMs;
  begin(stage, fault);
  await fault.strike?.(stage, random);
  if (fault.needsHand || fault.fallsBack) return spoiled(stage, watchman, fault, before);
  return recovered(stage, watchman, clock.ms);
}

async function takeAway(stage: Stage, fault: Fault): Promise<void> {
  try {
    await fault.mend?.(stage);
  } finally {
    await release(stage).catch(() => {}); // the Worker may be restarting: the next look finds out
  }
}

/** A snapshot, or the end of the container and a tick: nobody waits for either. */
function begin(stage: Stage, { verb }: Fault): void {
  if (verb === "snapshot")
    void stage.post("/api/snapshot").catch(() => {}); // cut by an upload: the look afterwards counts
  else {
    const container = stage.container();
    if (container) kill([container.pid]);
    void stage
      .until("gone", 10, ({ state }) => state !== "ready")
      .then(() => stage.tick())
      .catch(() => {}); // as above
  }
}

/** Ready, with nothing under way. */
async function ready(stage: Stage, byHand = false): Promise<Status> {
  if (byHand) await stage.post("/api/wake").catch(() => {}); // the look below says whether it helped
  try {
    return await stage.until(
      "ready again",
      recoverySeconds,
      ({ state, memory }) => state === "ready" && memory.run === null && stage.container() !== undefined,
      true,
    );
  } catch (error) {
    throw new Broken(String(error));
  }
}

async function recovered(stage: Stage, watchman: Watchman, clockMs: number): Promise<string> {
  await pause(100);
  watchman.note(await ready(stage), clockMs);
  return "recovered without a hand";
}

/** Something that a restore needs is not as it was: an older one, or a clear word, never an empty home. */
async function spoiled(stage: Stage, watchman: Watchman, { at }: Fault, before: string): Promise<string> {
  await pause(300);
  const done = await stage
    .until(
      "settled",
      recoverySeconds,
      ({ state, lastError }) =>
        (state === "ready" && stage.container() !== undefined) || (state === "failed" && lastError !== null),
      true,
    )
    .catch((error: unknown) => {
      throw new Broken(`${at}: neither ready nor a clear word: ${String(error)}`);
    });
  watchman.note(done);
  if (done.state !== "ready") return `${waits}, says ${codeOf(done)}`;
  if (watchman.lives().at(-1)?.marker.snapshot === before) return "recovered without a hand";
  if (!done.memory.alarms.some(({ code }) => code === "snapshot_bad"))
    throw new Broken(`${at}: an older snapshot without an alarm`);
  return "an older snapshot, with an alarm";
}

function codeOf({ lastError, memory }: Status): string {
  return [lastError?.code, ...memory.alarms.map(({ code }) => code)].filter(Boolean).join(", ");
}

/** The next snapshot is made and promoted. */
async function savesAgain(stage: Stage, watchman: Watchman, before: string): Promise<void> {
  const status = await stage.save().catch((error: unknown) => {
    throw new Broken(`no snapshot afterwards: ${String(error)}`);
  });
  const { lastRun, promoted } = status.memory;
  if (!lastRun?.saved || promoted?.id === before)
    throw new Broken(`no snapshot afterwards: ${JSON.stringify(lastRun)}`);
  watchman.note(status);
}
