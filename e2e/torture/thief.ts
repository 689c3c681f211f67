/**
 * A compromised agent: everything that a process in the agent's container can send to the repository, without a credential, with
 * the credential that restic had while its run was under way, and with the same one afterwards. Nothing promoted may be lost.
 *
 * The process engine keeps nothing apart, so the thief has what user `hermes` would not have in an image: restic's environment.
 */
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { attempts, junk, junkBytes, type Prey, sha256 } from "./attempts.ts";
import { Broken, Watchman } from "./check.ts";
import { type Container, kill, victims } from "./container.ts";
import type { Loot } from "./loot.ts";
import { arm, reached, release, requests } from "./moments.ts";
import { seeded } from "./random.ts";
import { Stage } from "./stage.ts";
import type { ThiefResult } from "./state.ts";
import type { Tools } from "./tools.ts";
import { type VerifyResult, verify } from "./verify.ts";

/** Tries everything on a stage of its own. @throws Broken when something promoted is lost */
export async function tortureByThief(tools: Tools): Promise<ThiefResult> {
  const stage = await Stage.start({ tools });
  try {
    return await rob(stage);
  } finally {
    await stage.stop();
  }
}

async function rob(stage: Stage): Promise<ThiefResult> {
  await stage.post("/api/wake");
  const watchman = new Watchman(stage);
  for (let number = 0; number < 3; number++) watchman.note(await stage.save());
  // The Agent grants R2's clocks ten seconds: what is stored within them may be the promoted snapshot's own.
  await pause(11_000);
  const before = await contents(stage);

  const storing = requests.find(({ name }) => name === "restic: stores the snapshot");
  if (storing === undefined) throw new Error("no such moment");
  await arm(stage, storing);
  void stage.post("/api/snapshot").catch(() => {}); // its run is what is robbed
  if (!(await reached(stage, storing))) throw new Error("no snapshot was made");
  const loot = steal(stage);
  // As prune's would lie there: somebody else's.
  const lock = `locks/${"a".repeat(64)}`;
  await stage.put(lock, junk());
  const prey = await preyOf(stage, lock);
  const columns = {
    "without a credential": await tryAll({ ...loot, credential: undefined }, prey),
    "stolen, its run under way": await tryAll(loot, prey),
  };
  // The run never ends well: what the thief added is all that it leaves.
  const container = stage.container();
  const robbed = await stage.status();
  if (container) kill([container.pid]);
  await release(stage);
  await stage.until(
    "up again",
    120,
    ({ state, memory }) => state === "ready" && memory.run === null && isAnother(stage, container),
    true,
  );
  const over = { ...loot, url: urlOf(stage), home: variableOf(stage.container()?.pid, "TALARIA_HOME") };
  const all = { ...columns, "stolen, its run over": await tryAll(over, prey) };

  await nothingChanged(stage, before);
  await watchman.beganWhole((id) => id === robbed.memory.promoted?.id);
  const saved = await stage.save();
  if (!saved.memory.lastRun?.saved) throw new Broken(`no snapshot afterwards: ${JSON.stringify(saved.memory.lastRun)}`);
  watchman.note(saved);
  const later = await laterSnapshots(stage, watchman);
  const each = { most: watchman.promised.length };
  const beside = await verify(stage, watchman.promised, seeded(1), each);
  // What an operator with an R2 token does who wants to use plain restic: objects that none of his runs made.
  const left = await leftByThief(stage);
  for (const key of left) await stage.put(key, undefined);
  const verified = await verify(stage, watchman.promised, seeded(1), each);
  return resultOf(all, before.size, { left: left.length, beside, verified, later });
}

/** Whether a container lives, and it is not that one. */
function isAnother(stage: Stage, than: Container | undefined): boolean {
  const living = stage.container();
  return living !== undefined && living.pid !== than?.pid;
}

/** The junk is older than what is promoted by now: whether the next snapshot, and the next container, mind. */
async function laterSnapshots(stage: Stage, watchman: Watchman): Promise<string> {
  await pause(11_000);
  await stage.save();
  // An attempt that found the junk is followed by another one, once that is gone.
  const { memory } = await stage
    .until("saved", 60, ({ memory }) => memory.run === null && memory.lastRun?.saved === true)
    .catch(() => stage.status());
  const healed = memory.alarms.some(({ code }) => code === "repository_healed") ? ", after the index was mended" : "";
  const next = memory.lastRun?.saved ? `is made${healed}` : `is not made (${memory.lastRun?.problem?.code})`;
  const container = stage.container();
  if (container) kill([container.pid]);
  const up = await stage.until(
    "up again, or failed",
    120,
    ({ state, lastError }) =>
      (state === "ready" && isAnother(stage, container)) || (state === "failed" && lastError !== null),
    true,
  );
  if (up.state !== "ready")
    return `The one after that ${next}; then no container could be restored: ${up.lastError?.message}`;
  const restored = watchman.lives().at(-1)?.marker.snapshot;
  const same = restored === memory.promoted?.id;
  return `The one after that ${next}; the next container ${same ? "is the promoted one" : `fell back to an older one (${up.memory.alarms.map(({ code }) => code).join(", ")})`}.`;
}

/** Objects whose content is the junk: it cannot be read as restic's. */
async function leftByThief(stage: Stage): Promise<string[]> {
  const found: string[] = [];
  for (const { key, size } of await stage.keys())
    if (size === junkBytes && !key.startsWith("talaria/")) found.push(key);
  return found;
}

function resultOf(
  all: Readonly<Record<string, readonly string[]>>,
  objects: number,
  {
    left,
    beside,
    verified,
    later,
  }: { readonly later: string; readonly left: number; readonly beside: VerifyResult; readonly verified: VerifyResult },
): ThiefResult {
  const columns = Object.keys(all);
  return {
    at: new Date().toISOString().slice(0, 10),
    broken: verified.wrong.length,
    lines: [
      "From the agent's container (process engine, with the stand-in for Hermes): HTTP status, or what restic said. In an image the agent's user has none of the credentials: restic runs as another one.",
      "",
      `| attempt | ${columns.join(" | ")} |`,
      `| --- |${columns.map(() => " --- |").join("")}`,
      ...attempts.map(
        ({ name }, at) => `| ${name} | ${columns.map((column) => all[column]?.[at] ?? "").join(" | ")} |`,
      ),
      "",
      `Afterwards: ${objects} of ${objects} objects byte for byte as before; the promoted snapshot was restored into a fresh container with the thief's junk beside it; the next one was made and promoted. ${later} Plain restic, which sees the junk: ${beside.wrong.length === 0 ? "no errors" : `\`${beside.wrong[0]?.replaceAll("\n", " ").slice(0, 160)}\``}. With the ${left} junk objects removed: \`restic check --read-data\` ${verified.check}, ${verified.restored} of ${verified.restored} promoted snapshots restored and compared, ${verified.wrong.length} wrong.`,
    ],
  };
}

/** What lies in restic's environment while it runs. */
function steal(stage: Stage): Loot {
  const container = stage.container();
  const [pid] = container ? victims(container, "restic") : [];
  if (pid === undefined) throw new Error("no restic runs");
  const environment = new Map(
    fs
      .readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]),
  );
  const of = (name: string) => environment.get(name) ?? "";
  return {
    url: urlOf(stage),
    credential: { username: of("RESTIC_REST_USERNAME"), password: of("RESTIC_REST_PASSWORD") },
    repositoryPassword: of("RESTIC_PASSWORD"),
    restic: stage.tools.restic,
    folder: stage.folder,
    home: variableOf(container?.pid, "TALARIA_HOME"),
  };
}

/** The inside door of the container that lives, without the torture's own in between. */
function urlOf(stage: Stage): string {
  const through = variableOf(stage.container()?.pid, "TALARIA_URL");
  return `http://${new URL(through).pathname.replace(/^\//, "") || new URL(through).host}`;
}

function variableOf(pid: number | undefined, name: string): string {
  const environment = fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return environment.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

async function tryAll(loot: Loot, prey: Prey): Promise<string[]> {
  fs.mkdirSync(`${loot.folder}/thief-cache`, { recursive: true });
  const got: string[] = [];
  for (const { act } of attempts) got.push(await act(loot, prey));
  return got;
}

async function preyOf(stage: Stage, lock: string): Promise<Prey> {
  const first = async (prefix: string) => {
    const [found] = await stage.keys(prefix);
    if (found === undefined) throw new Error(`nothing under ${prefix}`);
    return found.key;
  };
  const { memory } = await stage.status();
  return {
    config: "config",
    lock,
    key: await first("keys/"),
    snapshot: `snapshots/${memory.promoted?.id ?? ""}`,
    index: await first("index/"),
    data: await first("data/"),
  };
}

async function contents(stage: Stage): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { key } of await stage.keys()) found.set(key, sha256((await stage.object(key)) ?? new Uint8Array()));
  return found;
}

async function nothingChanged(stage: Stage, before: ReadonlyMap<string, string>): Promise<void> {
  const after = await contents(stage);
  const changed = [...before].filter(([key, hash]) => after.get(key) !== hash && !key.startsWith("talaria/"));
  if (changed.length > 0) throw new Broken(`changed or gone: ${changed.map(([key]) => key).join(", ")}`);
}
