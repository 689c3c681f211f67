/**
 * A compromised agent: everything that a process in the agent's container can send to the repository, without a credential, with
 * the credential that restic had while its run was under way, and with the same one afterwards. Nothing promoted may be lost.
 *
 * The process engine keeps nothing apart, so the thief has what user `hermes` would not have in an image: restic's environment.
 */
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "../../local/toolchain/run.ts";
import { Broken, Watchman } from "./check.ts";
import { kill, victims } from "./container.ts";
import { arm, reached, release, requests } from "./moments.ts";
import { seeded } from "./random.ts";
import { Stage } from "./stage.ts";
import type { ThiefResult } from "./state.ts";
import type { Tools } from "./tools.ts";
import { type VerifyResult, verify } from "./verify.ts";

interface Loot {
  readonly url: string;
  /** Basic, or nothing. */
  readonly credential: { readonly username: string; readonly password: string } | undefined;
  readonly repositoryPassword: string;
  readonly restic: string;
  readonly folder: string;
}

interface Prey {
  readonly config: string;
  readonly key: string;
  readonly snapshot: string;
  readonly index: string;
  readonly data: string;
  readonly lock: string;
}

interface Attempt {
  readonly name: string;
  readonly act: (loot: Loot, prey: Prey) => Promise<string>;
}

const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

/** A request below `/snapshots/`; the answer's status. */
const asks =
  (method: string, path: (prey: Prey) => string, body?: (prey: Prey) => Uint8Array): Attempt["act"] =>
  async ({ url, credential }, prey) => {
    const basic = credential && Buffer.from(`${credential.username}:${credential.password}`).toString("base64");
    const content = body?.(prey);
    const response = await fetch(`${url}/${path(prey)}`, {
      method,
      headers: basic ? { authorization: `Basic ${basic}` } : {},
      ...(content && { body: Buffer.from(content) }),
    });
    await response.arrayBuffer();
    return String(response.status);
  };

/** restic itself, with the stolen password; its exit code. */
const runs =
  (...args: readonly string[]): Attempt["act"] =>
  async ({ url, credential, repositoryPassword, restic, folder }) => {
    if (credential === undefined) return "–";
    const env = {
      PATH: process.env.PATH ?? "",
      RESTIC_REPOSITORY: `rest:${url}/snapshots/`,
      RESTIC_PASSWORD: repositoryPassword,
      RESTIC_REST_USERNAME: credential.username,
      RESTIC_REST_PASSWORD: credential.password,
      RESTIC_CACHE_DIR: `${folder}/thief-cache`,
    };
    const { code } = await run(restic, [...args], { env, cwd: folder, timeoutMs: 10_000 });
    return code === 0 ? "done" : code === 124 ? "refused for 10 s, then ended" : `exit ${code}`;
  };

/** A size that no object of restic's has here. */
const junkBytes = 499;
const junk = () => randomBytes(junkBytes);
const put = (type: string, content: Uint8Array) =>
  asks(
    "POST",
    () => `snapshots/${type}/${sha256(content)}`,
    () => content,
  );

const attempts: readonly Attempt[] = [
  { name: "delete the promoted snapshot", act: asks("DELETE", ({ snapshot }) => `snapshots/${snapshot}`) },
  { name: "delete data", act: asks("DELETE", ({ data }) => `snapshots/data/${data.split("/").at(-1)}`) },
  { name: "delete an index object", act: asks("DELETE", ({ index }) => `snapshots/${index}`) },
  { name: "delete the key", act: asks("DELETE", ({ key }) => `snapshots/${key}`) },
  { name: "delete config", act: asks("DELETE", () => "snapshots/config") },
  { name: "delete the lock of a prune", act: asks("DELETE", ({ lock }) => `snapshots/${lock}`) },
  { name: "overwrite the promoted snapshot", act: asks("POST", ({ snapshot }) => `snapshots/${snapshot}`, junk) },
  { name: "overwrite data", act: asks("POST", ({ data }) => `snapshots/data/${data.split("/").at(-1)}`, junk) },
  {
    name: "truncate data to nothing",
    act: asks(
      "POST",
      ({ data }) => `snapshots/data/${data.split("/").at(-1)}`,
      () => new Uint8Array(),
    ),
  },
  { name: "overwrite an index object", act: asks("POST", ({ index }) => `snapshots/${index}`, junk) },
  { name: "overwrite config", act: asks("POST", () => "snapshots/config", junk) },
  {
    name: "make a new repository over it",
    act: asks(
      "POST",
      () => "snapshots/?create=true",
      () => new Uint8Array(),
    ),
  },
  { name: "add a key", act: put("keys", junk()) },
  { name: "add junk as data", act: put("data", junk()) },
  { name: "add junk as an index", act: put("index", junk()) },
  { name: "add junk as a snapshot", act: put("snapshots", junk()) },
  { name: "add a lock", act: put("locks", junk()) },
  { name: "read what is promoted", act: asks("GET", () => "snapshots/talaria/promoted.json") },
  { name: "write what is promoted", act: asks("POST", () => "snapshots/talaria/promoted.json", junk) },
  { name: "the same around a corner", act: asks("POST", () => "snapshots/data/%2e%2e/talaria/promoted.json", junk) },
  { name: "restic backup of an empty folder", act: runs("backup", "thief-cache", "--host", "talaria", "--force") },
  { name: "restic forget --keep-last 1 --prune", act: runs("forget", "--keep-last", "1", "--prune", "--group-by", "") },
  { name: "restic forget latest", act: runs("forget", "latest") },
  { name: "restic tag --set of all", act: runs("tag", "--set", "mine") },
  { name: "restic rewrite --forget of all", act: runs("rewrite", "--forget", "--exclude", "home") },
  { name: "restic repair index", act: runs("repair", "index") },
  {
    name: "restic key add, then remove the old one",
    act: runs("key", "add", "--new-insecure-no-password", "--insecure-no-password"),
  },
  { name: "restic unlock --remove-all", act: runs("unlock", "--remove-all") },
];

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
    ({ state, memory }) => state === "ready" && memory.run === null && stage.container()?.pid !== container?.pid,
    true,
  );
  const over = { ...loot, url: urlOf(stage) };
  const all = { ...columns, "stolen, its run over": await tryAll(over, prey) };

  await nothingChanged(stage, before);
  await watchman.beganWhole((id) => id === robbed.memory.promoted?.id);
  const saved = await stage.save();
  if (!saved.memory.lastRun?.saved) throw new Broken(`no snapshot afterwards: ${JSON.stringify(saved.memory.lastRun)}`);
  watchman.note(saved);
  const later = await laterSnapshots(stage, watchman);
  const promisedCount = watchman.promised.length;
  const beside = await verify(stage, watchman.promised, promisedCount, seeded(1));
  // What an operator with an R2 token does who wants to use plain restic: objects that none of his runs made.
  const left = await leftByThief(stage);
  for (const key of left) await stage.put(key, undefined);
  const verified = await verify(stage, watchman.promised, promisedCount, seeded(1));
  return resultOf(all, before.size, { left: left.length, beside, verified, later });
}

/** The junk is older than what is promoted by now: whether the next snapshot, and the next container, mind. */
async function laterSnapshots(stage: Stage, watchman: Watchman): Promise<string> {
  await pause(11_000);
  const { memory } = await stage.save();
  const next = memory.lastRun?.saved ? "is made" : `is not made (${memory.lastRun?.problem?.code})`;
  const container = stage.container();
  if (container) kill([container.pid]);
  const up = await stage.until(
    "up again, or failed",
    120,
    ({ state, lastError }) =>
      (state === "ready" && stage.container()?.pid !== container?.pid) || (state === "failed" && lastError !== null),
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
  };
}

/** The inside door of the container that lives, without the torture's own in between. */
function urlOf(stage: Stage): string {
  const container = stage.container();
  const environment = fs.readFileSync(`/proc/${container?.pid}/environ`, "utf8").split("\0");
  const through = environment.find((one) => one.startsWith("TALARIA_URL="))?.slice("TALARIA_URL=".length) ?? "";
  return `http://${new URL(through).pathname.replace(/^\//, "") || new URL(through).host}`;
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
