/** Moments of a snapshot and of a restore at which a fault can strike: each can be held open until the fault has struck. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "./stage.ts";

export type Verb = "snapshot" | "restore";

/** A moment; what is named after a colon is a request of restic's, or of the Agent's own to R2. */
export interface Moment {
  readonly verb: Verb;
  readonly name: string;
  readonly by:
    | { readonly step: string }
    | { readonly method: string; readonly path: RegExp }
    | { readonly who: "agent"; readonly op: string; readonly key: string };
}

const step = (verb: Verb, name: string): Moment => ({ verb, name, by: { step: `${verb}/${name}` } });
const asked = (verb: Verb, name: string, method: string, path: RegExp): Moment => ({
  verb,
  name,
  by: { method, path },
});
const agent = (verb: Verb, name: string, op: string, key: string): Moment => ({
  verb,
  name,
  by: { who: "agent", op, key },
});

/** Steps of the state tool, one after the other. */
export const steps: readonly Moment[] = [
  ...["mirror", "databases", "manifest", "upload", "tidy"].map((name) => step("snapshot", name)),
  ...["download", "verify", "move", "sync", "tidy"].map((name) => step("restore", name)),
];

/** While restic runs: what it asks of the repository. */
export const requests: readonly Moment[] = [
  asked("snapshot", "restic: opens", "GET", /\/snapshots\/keys\/./),
  asked("snapshot", "restic: locks", "POST", /\/snapshots\/locks\/./),
  asked("snapshot", "restic: stores data", "POST", /\/snapshots\/data\/./),
  asked("snapshot", "restic: stores the index", "POST", /\/snapshots\/index\/./),
  asked("snapshot", "restic: stores the snapshot", "POST", /\/snapshots\/snapshots\/./),
  asked("snapshot", "restic: unlocks", "DELETE", /\/snapshots\/locks\/./),
  asked("restore", "restic: opens", "GET", /\/snapshots\/keys\/./),
  asked("restore", "restic: reads the index", "GET", /\/snapshots\/index\/./),
  asked("restore", "restic: reads data", "GET", /\/snapshots\/data\/./),
];

/** While the Agent writes down, or looks up, what is promoted. */
export const promotion: readonly Moment[] = [
  agent("snapshot", "agent: writes the record", "put", "talaria/snapshots/"),
  agent("snapshot", "agent: promotes", "put", "talaria/promoted.json"),
  agent("restore", "agent: looks up what is promoted", "get", "talaria/promoted.json"),
];

/** Makes the next run stop at this moment. */
export async function arm(stage: Stage, { by }: Moment): Promise<void> {
  if ("step" in by) fs.writeFileSync(path.join(stage.control, "hold"), by.step);
  else if ("path" in by) stage.door.set([{ ...by, mishap: { act: "hold" } }]);
  else await stage.r2([{ ...by, act: "hold" }]);
}

/** Whether the moment came within the time. */
export async function reached(stage: Stage, { by, verb }: Moment, seconds = 60): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  for (let round = 1; Date.now() < deadline; round++) {
    if (verb === "restore" && round % 200 === 0) void stage.tick().catch(() => {}); // the look afterwards counts
    if (
      "step" in by
        ? fs.existsSync(path.join(stage.control, "held"))
        : "path" in by
          ? stage.door.holds
          : await holds(stage)
    )
      return true;
    await pause(15);
  }
  return false;
}

/** Lets everything go on. */
export async function release(stage: Stage): Promise<void> {
  for (const name of ["hold", "held"]) fs.rmSync(path.join(stage.control, name), { force: true });
  stage.door.set([]);
  await stage.r2([]);
}

async function holds(stage: Stage): Promise<boolean> {
  return (await stage.r2()).held.length > 0;
}
