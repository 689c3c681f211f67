import { beforeEach, describe, expect, it } from "vitest";
import { add, ask, asked, bucket, codeOf, emptyBucket, keys, long, nameOf, parts } from "../testing/repositoryDoor.ts";
import { issueCredential } from "./credential.ts";
import { answerRepository } from "./repository.ts";
import { type ObjectType, objectTypes, type Role, rights } from "./rights.ts";

beforeEach(emptyBucket);

const roles = Object.keys(rights) as Role[];
const names = async (response: Response) => ((await response.json()) as { name: string }[]).map(({ name }) => name);

/** A repository as restic makes it, with one object of each kind. */
async function aRepository(): Promise<Record<ObjectType, string>> {
  expect((await ask("?create=true", { method: "POST", run: "init" })).status).toBe(200);
  const made = { keys: await add("keys", "a key", { run: "init" }) };
  expect((await ask("config", { method: "POST", body: long("the config"), run: "init" })).status).toBe(200);
  const others = { data: "a pack", index: "an index", snapshots: "a snapshot", locks: "a lock" };
  const entries = Object.entries(others).map(async ([type, text]) => [type, await add(type, text, { run: "init" })]);
  return { ...made, ...(Object.fromEntries(await Promise.all(entries)) as Record<keyof typeof others, string>) };
}

describe("what each role may", () => {
  it.each(roles)("%s reads everything", async (role) => {
    const made = await aRepository();
    for (const path of ["config", ...objectTypes.map((type) => `${type}/${made[type]}`)]) {
      expect((await ask(path, { role })).status, path).toBe(200);
      expect((await ask(path, { role, method: "HEAD" })).status, path).toBe(200);
    }
    for (const type of objectTypes) expect(await names(await ask(`${type}/`, { role })), type).toEqual([made[type]]);
  });

  it.each(roles)("%s adds what the table says, and nothing else", async (role) => {
    await aRepository();
    for (const type of objectTypes) {
      const content = long(`another of ${type}`);
      const answer = await ask(`${type}/${await nameOf(content)}`, { role, method: "POST", body: content });
      const may = type === "locks" ? rights[role].locks !== "none" : type !== "keys" && rights[role].append;
      expect(answer.status, type).toBe(may ? 200 : 403);
    }
    const config = await ask("config", { role, method: "POST", body: long("another config") });
    expect(config.status).toBe(403);
    expect(await (await ask("config")).text()).toBe(long("the config"));
  });

  it.each(roles)("%s removes what the table says, and nothing else", async (role) => {
    const made = await aRepository();
    for (const type of objectTypes) {
      const answer = await ask(`${type}/${made[type]}`, { role, method: "DELETE" });
      const may = type === "locks" ? rights[role].locks === "all" : type !== "keys" && rights[role].remove;
      expect(answer.status, type).toBe(may ? 200 : 403);
      expect((await ask(`${type}/${made[type]}`)).status, type).toBe(may ? 404 : 200);
    }
    expect((await ask("config", { role, method: "DELETE" })).status).toBe(403);
  });

  it.each(roles)("%s makes a repository only if the table says so", async (role) => {
    const answer = await ask("?create=true", { role, method: "POST" });
    expect(answer.status).toBe(rights[role].create ? 200 : 403);
  });

  it("lets a writer remove the lock of its own run, and no other's, of another run or another box", async () => {
    for (const role of ["backup", "import"] as const) {
      const own = await add("locks", `own of ${role}`, { role });
      const other = await add("locks", `other of ${role}`, { role, run: "run-2" });
      const elsewhere = await add("locks", `elsewhere of ${role}`, { role, box: "box-2" });
      expect((await ask(`locks/${own}`, { role, method: "DELETE" })).status).toBe(200);
      expect(await codeOf(await ask(`locks/${other}`, { role, method: "DELETE" }))).toBe("repositoryRefused");
      expect(await codeOf(await ask(`locks/${elsewhere}`, { role, method: "DELETE" }))).toBe("repositoryRefused");
      expect((await ask(`locks/${own}`, { role, method: "DELETE" })).status).toBe(404);
    }
  });
});

describe("who is let in", () => {
  const nobody = { judge: { repositoryAccess: () => Promise.reject(new Error("not to be asked")) } };
  const caller = { className: "AgentBox", containerId: "box-1" };

  it("refuses a request without a credential, and says that there is one", async () => {
    const request = new Request("http://talaria.internal/snapshots/config");
    const answer = await answerRepository(request, "config", { ...parts(bucket), ...nobody, caller });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain("Basic");
  });

  it("refuses a wrong one", async () => {
    const headers = { authorization: `Basic ${btoa(`backup.run-1.9999999999:${"0".repeat(64)}`)}` };
    const request = new Request("http://talaria.internal/snapshots/config", { headers });
    const answer = await answerRepository(request, "config", { ...parts(bucket), ...nobody, caller });
    expect([answer.status, await codeOf(answer)]).toEqual([403, "repositoryCredential"]);
  });

  it("is shut where the session key is not configured", async () => {
    const env = { SNAPSHOTS: bucket };
    const request = new Request("http://talaria.internal/snapshots/config");
    const answer = await answerRepository(request, "config", { ...parts(bucket), env, ...nobody, caller });
    expect([answer.status, await codeOf(answer)]).toEqual([503, "notConfigured"]);
  });

  it("asks the Agent about every write, by its run, and about no read but the list of indexes", async () => {
    const made = await aRepository();
    asked.length = 0;
    await ask("config", { role: "restore" });
    await ask(`data/${made.data}`, { role: "restore" });
    await ask("snapshots/", { role: "restore" });
    expect(asked).toEqual([]);
    await ask("index/", { role: "restore", run: "run-7" });
    await add("data", "x", { run: "run-8" });
    await ask(`data/${made.data}`, { role: "maintenance", method: "DELETE", run: "run-9" });
    expect(asked).toEqual(["run-7", "run-8", "run-9"]);
  });

  it("lets a run that is not the one under way write and remove nothing", async () => {
    const made = await aRepository();
    const before = await keys();
    const access = { write: "no" } as const;
    for (const type of objectTypes) {
      const content = long(`late ${type}`);
      const answer = await ask(`${type}/${await nameOf(content)}`, { method: "POST", body: content, access });
      expect([type, answer.status]).toEqual([type, 403]);
    }
    const late = await ask(`data/${made.data}`, { role: "maintenance", method: "DELETE", access });
    expect([late.status, await codeOf(late)]).toEqual([403, "repositoryFenced"]);
    expect(await keys()).toEqual(before);
  });

  it("answers 503 with the time to wait while another run prunes", async () => {
    const answer = await ask(`data/${await nameOf(long("x"))}`, {
      method: "POST",
      body: long("x"),
      access: { write: "later" },
    });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "10"]);
    expect(await keys()).toEqual([]);
  });

  it("answers 500 when the Agent cannot be asked, and writes nothing", async () => {
    const judge = { repositoryAccess: () => Promise.reject(new Error("the object was reset")) };
    const { SNAPSHOTS, SESSION_KEY } = parts(bucket).env;
    const terms = { role: "backup", run: "r", boxId: "box-1", until: Date.now() + 9_000 } as const;
    const { username, password } = await issueCredential({ SESSION_KEY: SESSION_KEY ?? "" }, terms);
    const headers = { authorization: `Basic ${btoa(`${username}:${password}`)}`, "content-length": "32" };
    const url = `http://talaria.internal/snapshots/data/${await nameOf(long("x"))}`;
    const request = new Request(url, { method: "POST", body: long("x"), headers });
    const path = `data/${await nameOf(long("x"))}`;
    const answer = await answerRepository(request, path, { ...parts(SNAPSHOTS), judge, caller });
    expect(answer.status).toBe(500);
    expect(await keys()).toEqual([]);
  });
});

describe("paths", () => {
  it.each([
    "talaria/promoted.json",
    "talaria/",
    "data/../talaria/promoted.json",
    "data/%2e%2e/talaria",
    "locks/short",
    `data/${"A".repeat(64)}`,
    `data/ab/${"a".repeat(64)}`,
    "other/",
    "config/",
  ])("has nothing at %s", async (path) => {
    await bucket.put("talaria/promoted.json", "{}");
    for (const method of ["GET", "POST", "DELETE"])
      expect((await ask(path, { method, role: "maintenance" })).status, method).toBe(404);
  });

  it("lays objects out as restic's other backends do", async () => {
    const made = await aRepository();
    const pack = `data/${made.data.slice(0, 2)}/${made.data}`;
    const flat = (["index", "keys", "locks", "snapshots"] as const).map((type) => `${type}/${made[type]}`);
    expect((await keys()).sort()).toEqual(["config", pack, ...flat].sort());
  });

  it("keeps who stored an object with it", async () => {
    const name = await add("index", "mine", { role: "import", run: "run-5", box: "box-5" });
    const { customMetadata } = (await bucket.head(`index/${name}`)) ?? {};
    expect(customMetadata).toEqual({ role: "import", run: "run-5", box: "box-5" });
  });

  it("leaves out of a list what is not restic's", async () => {
    await bucket.put("data/readme.txt", "x");
    const name = await add("data", "a pack");
    expect(await (await ask("data/")).json()).toEqual([{ name, size: 32 }]);
  });
});

describe("making a repository", () => {
  it("is refused over anything that restic keeps, by whatever password", async () => {
    for (const key of ["config", "data/ab/x", "index/x", "snapshots/x"]) {
      await emptyBucket();
      await bucket.put(key, "somebody's");
      const answer = await ask("?create=true", { method: "POST" });
      expect([key, answer.status]).toEqual([key, 403]);
      const name = await nameOf(long("my key"));
      expect((await ask(`keys/${name}`, { method: "POST", body: long("my key") })).status).toBe(403);
      expect((await ask("config", { method: "POST", body: long("mine") })).status).toBe(403);
      expect(await keys()).toEqual([key]);
    }
  });

  it("goes on after an init that was cut off between key and config, whose key would spoil the next", async () => {
    await add("keys", "a key without a repository", { run: "run-dead" });
    expect((await ask("config", { method: "POST", body: long("mine"), run: "run-2" })).status).toBe(403);
    expect((await ask("?create=true", { method: "POST", run: "run-2" })).status).toBe(200);
    const name = await add("keys", "my key", { run: "run-2" });
    expect((await ask("config", { method: "POST", body: long("mine"), run: "run-2" })).status).toBe(200);
    expect((await keys()).sort()).toEqual(["config", `keys/${name}`]);
  });

  it("does not mind what is ours in the bucket", async () => {
    await bucket.put("talaria/promoted.json", "{}");
    expect((await ask("?create=true", { method: "POST" })).status).toBe(200);
    expect(await keys()).toEqual(["talaria/promoted.json"]);
  });
});
