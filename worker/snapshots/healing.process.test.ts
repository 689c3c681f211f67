/** Every kind of object of the bucket flipped or gone: the Agent's real decisions, the real state tool, restic and door. */
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SnapshotPolicy } from "../declarationSchema.ts";
import type { Bucket, KeyStorage } from "../storage.ts";
import { ProcessBox } from "../testing/processBox.ts";
import { type RepositoryServer, startRepositoryServer } from "../testing/repositoryServer.ts";
import type { CredentialTerms } from "./credential.ts";
import { Memory } from "./memory.ts";

const policy = { intervalMinutes: 5, keep: {}, drillDays: 7, careIndexFiles: 300 } as unknown as SnapshotPolicy;

let server: RepositoryServer;
let bucket: Bucket;
let box: ProcessBox;
let stored: Map<string, unknown>;
/** The bucket as it was when both snapshots were promoted. */
let whole: Map<string, { content: ArrayBuffer; customMetadata: Record<string, string> }>;
let storedThen: Map<string, unknown>;
let ids: string[];
let boots = 0;
/** Whether ticks come while a container of care's is started. */
let ticking = false;
const said: string[] = [];
const background: Promise<unknown>[] = [];

const storage = (): KeyStorage => ({
  get: (key) => structuredClone(stored.get(key)),
  put: (key, value) => void stored.set(key, structuredClone(value)),
  delete: (key) => stored.delete(key),
  list: ({ prefix }) => [...stored].filter(([key]) => key.startsWith(prefix)),
});
const boot = () => `boot-${boots}`;

function anAgent(): Memory {
  const environment = async ({ boxId, run, role }: CredentialTerms) => {
    await server.says(run, await memory.repositoryAccess(run));
    if (ticking && role === "maintenance") {
      memory.care.tend();
      await settle();
    }
    return server.environment({ role, run, box: boxId });
  };
  const memory: Memory = new Memory({
    box,
    bucket,
    policy,
    boot,
    storage: storage(),
    boxId: () => "agent",
    environment,
    careBox: (name) => ({ box: new ProcessBox(path.join(server.folder, name), server.program), boxId: () => name }),
    versions: () => ({}),
    mask: (text) => text,
    inBackground: (_, work) => void background.push(work()),
    log: (level, text, fields) => void said.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`),
    now: () => Date.now(),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 300))),
  });
  return memory;
}

const settle = async () => {
  while (background.length > 0) await background.shift();
};

async function everything(): Promise<string[]> {
  return (await bucket.list()).objects.map(({ key }) => key);
}

/** A fresh container and a fresh object over the bucket as it was. */
async function anew(): Promise<Memory> {
  await box.destroy();
  for (const key of await everything()) if (!whole.has(key)) await bucket.delete([key]);
  for (const [key, { content, customMetadata }] of whole) {
    const there = await (await bucket.get(key))?.arrayBuffer();
    if (there !== undefined && Buffer.from(there).equals(Buffer.from(content))) continue;
    // What is put back is younger than the promotion, and would not be shown.
    const role = key.startsWith("index/") && { role: "import" };
    await bucket.put(key, content, { customMetadata: { ...customMetadata, ...role } });
  }
  stored = structuredClone(storedThen);
  said.length = 0;
  boots++;
  return anAgent();
}

async function rot(key: string, how: string): Promise<void> {
  if (how === "gone") return bucket.delete([key]);
  const { content } = whole.get(key) ?? { content: new ArrayBuffer(0) };
  const bytes = new Uint8Array(content.slice(0));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  // Rot does not make an object younger, and a younger index is not shown.
  await bucket.put(key, bytes.buffer, { customMetadata: key.startsWith("index/") ? { role: "import" } : {} });
}

/** As records of older versions are. */
function forgetCopies(): void {
  for (const [key, value] of stored)
    if (key.startsWith("snapshot/")) stored.set(key, { ...(value as object), copy: null });
}

const note = () => fs.readFile(path.join(box.home, "note.md"), "utf8");
const alarms = (memory: Memory) => memory.report(true).alarms.map(({ code }) => code);

async function learn(memory: Memory, text: string): Promise<string> {
  await fs.writeFile(path.join(box.home, "note.md"), text);
  const { snapshot, problem } = await memory.save("operator");
  await settle();
  expect(problem).toBeNull();
  return snapshot ?? "";
}

beforeAll(async () => {
  server = await startRepositoryServer();
  bucket = (await server.bucket()) as unknown as Bucket;
  box = new ProcessBox(path.join(server.folder, "agent"), server.program);
  stored = new Map();
  const memory = anAgent();
  expect(await memory.prepare(boot())).toEqual({ kind: "first-boot" });
  expect(await box.run(`talaria-state first-boot --boot-id ${boot()}`)).toMatchObject({ exitCode: 0 });
  memory.startsFrom(boot(), null);
  await fs.mkdir(path.join(box.home, ".hermes"), { recursive: true });
  ids = [await learn(memory, "one"), await learn(memory, "one, two")];
  whole = new Map();
  for (const key of await everything()) {
    const object = await bucket.get(key);
    if (object === null) continue;
    whole.set(key, { content: await object.arrayBuffer(), customMetadata: object.customMetadata ?? {} });
  }
  storedThen = structuredClone(stored);
}, 180_000);
afterAll(async () => {
  await box.destroy();
  await server.stop();
});

const newest = async (prefix: string) =>
  (await bucket.list({ prefix })).objects.sort((a, b) => Number(a.uploaded) - Number(b.uploaded)).at(-1)?.key ?? "";

describe("a fresh container over a bucket in which", { timeout: 240_000 }, () => {
  it.each([
    ["a key", "flipped"],
    ["a key", "gone"],
    ["config", "flipped"],
    ["config", "gone"],
    ["an index", "flipped"],
    ["an index", "gone"],
    ["the promoted snapshot", "flipped"],
    ["the promoted snapshot", "gone"],
  ])("%s is %s becomes the newest memory, and the next snapshot is made", async (what, how) => {
    const memory = await anew();
    const keys = { "a key": await newest("keys/"), config: "config", "the promoted snapshot": `snapshots/${ids[1]}` };
    const key = new Map(Object.entries(keys)).get(what) ?? (await newest("index/"));
    await rot(key, how);
    expect(await memory.prepare(boot()), said.join("\n")).toMatchObject({ record: { id: ids[1] } });
    expect(await note()).toBe("one, two");
    expect(alarms(memory)).toEqual(["repository_healed"]);
    const rotten = (await everything()).filter((one) => one.startsWith("talaria/rotten/"));
    expect(rotten).toHaveLength(how === "flipped" ? 1 : 0);
    await learn(memory, `one, two, three after ${what} ${how}`);
  });

  it("an index is flipped becomes the newest memory also where a tick comes while the mending is started", async () => {
    const memory = await anew();
    await rot(await newest("index/"), "flipped");
    ticking = true;
    const prepared = memory.prepare(boot()).finally(() => {
      ticking = false;
    });
    await expect(prepared, said.join("\n")).resolves.toMatchObject({ record: { id: ids[1] } });
    expect(alarms(memory)).toEqual(["repository_healed"]);
  });

  it("an index could not be written anew lets the memory before take the place of a promoted snapshot that is flipped", async () => {
    const memory = await anew();
    stored.set("mending-owed", 1);
    forgetCopies();
    await rot(`snapshots/${ids[1]}`, "flipped");
    expect(await memory.prepare(boot()), said.join("\n")).toMatchObject({ record: { id: ids[0] } });
    expect(alarms(memory)).toEqual(["snapshot_bad"]);
  });

  it.each([
    ["the promoted snapshot", "flipped, and its record has no copy"],
    ["its newest pack", "flipped"],
    ["its newest pack", "gone"],
  ])("%s is %s becomes the memory before, with an alarm, and saves the next one whole", async (what, how) => {
    const memory = await anew();
    forgetCopies();
    const key = what === "the promoted snapshot" ? `snapshots/${ids[1]}` : await newest("data/");
    await rot(key, how);
    expect(await memory.prepare(boot()), said.join("\n")).toMatchObject({ record: { id: ids[0] } });
    expect(await note()).toBe("one");
    expect(alarms(memory)).toContain("snapshot_bad");
    const id = await learn(memory, "one, two");
    await box.destroy();
    boots++;
    expect(await memory.prepare(boot()), said.join("\n")).toMatchObject({ record: { id } });
    expect(await note()).toBe("one, two");
  });

  it.each([
    ["talaria/promoted.json", "flipped"],
    ["talaria/promoted.json", "gone"],
    ["its record", "flipped"],
    ["its record", "gone"],
  ])("%s is %s, and which no object knows, becomes a memory that was promoted", async (what, how) => {
    await anew();
    const key = what === "its record" ? `talaria/snapshots/${ids[1]}.json` : what;
    if (how === "gone") await bucket.delete([key]);
    else await bucket.put(key, "{ not JSON");
    stored.clear();
    expect(await anAgent().prepare(boot()), said.join("\n")).toMatchObject({ record: { id: ids[1] } });
    expect(await note()).toBe("one, two");
  });

  it("nothing is wrong is not opened by another password, and nothing in it is changed", async () => {
    const before = new Map(whole);
    const memory = await anew();
    const environment = server.environment;
    server.environment = async (who) => ({ ...(await environment(who)), RESTIC_PASSWORD: "another one" });
    await expect(memory.prepare(boot())).rejects.toMatchObject({ code: "wrong_password", hopeless: true });
    server.environment = environment;
    expect(alarms(memory)).toEqual([]);
    expect((await everything()).sort()).toEqual([...before.keys()].sort());
  });
});
