import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RepositoryServer, startRepositoryServer, type Who } from "../testing/repositoryServer.ts";

let server: RepositoryServer;
let home: string;
beforeAll(async () => {
  server = await startRepositoryServer();
  home = path.join(server.folder, "home");
  await fs.mkdir(path.join(home, "skills"), { recursive: true });
  for (let i = 0; i < 20; i++) await fs.writeFile(path.join(home, "skills", `${i}.md`), `skill ${i}\n`.repeat(500));
  await fs.writeFile(path.join(home, "large"), Buffer.alloc(3_000_000, "0123456789abcdefg"));
});
afterAll(() => server.stop());

const backup: Who = { role: "backup" };
const restore: Who = { role: "restore" };
const maintenance: Who = { role: "maintenance" };

const keysUnder = async (prefix: string) =>
  (await (await server.bucket()).list({ prefix })).objects.map(({ key }) => key);
const emptied = async () => {
  const bucket = await server.bucket();
  await bucket.delete((await bucket.list()).objects.map(({ key }) => key));
};

/** Runs restic and expects that it ends well. */
async function well(who: Who, ...args: string[]) {
  const answer = await server.restic(who, args);
  expect(answer, args.join(" ")).toMatchObject({ code: 0 });
  return answer.stdout;
}

/** Saves the home and returns the snapshot's id. */
async function save(who: Who = backup, ...more: string[]): Promise<string> {
  const lines = (await well(who, "backup", "--json", "--host", "talaria", ...more, home)).trim().split("\n");
  const { snapshot_id: id } = JSON.parse(lines.at(-1) ?? "{}") as { snapshot_id: string };
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  return id;
}

/** Restores a snapshot and returns all files' contents. */
async function restored(id: string, who: Who = restore): Promise<Map<string, string>> {
  const target = path.join(server.folder, `restored-${Math.random().toString(36).slice(2)}`);
  await well(who, "--no-lock", "restore", `${id}:${home}`, "--target", target);
  return await contents(target);
}

async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.sort().map(async (file) => [path.relative(folder, file), await fs.readFile(file, "utf8")] as const),
    ),
  );
}

describe("the real restic", () => {
  let first: string;

  it("makes a repository, saves a home, and gives it back in whole", async () => {
    expect(await server.restic(backup, ["cat", "config"])).toMatchObject({ code: 10 });
    await well(backup, "init");
    first = await save();
    expect(await restored(first)).toEqual(await contents(home));
  });

  it("uploads little when little has changed", async () => {
    await fs.writeFile(path.join(home, "skills", "new.md"), "a new skill\n");
    const second = JSON.parse(
      (await well(backup, "backup", "--json", "--host", "talaria", "--parent", first, home))
        .trim()
        .split("\n")
        .at(-1) ?? "",
    ) as { files_new: number; data_added_packed: number };
    expect(second.files_new).toBe(1);
    expect(second.data_added_packed).toBeLessThan(20_000);
  });

  it("finds every pack readable, also with no right but reading", async () => {
    expect(await well({ role: "drill" }, "--no-lock", "check", "--read-data")).toContain("no errors were found");
  });

  it("refuses a reader that would lock", async () => {
    const answer = await server.restic(restore, ["snapshots"]);
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining("403")]);
  });

  it("does not open with another password, and is not made anew over the first", async () => {
    const before = await keysUnder("");
    const password = { RESTIC_PASSWORD: "another" };
    expect(await server.restic(backup, ["cat", "config"], password)).toMatchObject({ code: 12 });
    const init = await server.restic(backup, ["init"], password);
    expect(init.code).not.toBe(0);
    expect(await keysUnder("")).toEqual(before);
  });

  it("is pruned by maintenance, and by nobody else", async () => {
    const policy = ["forget", "--keep-last", "1", "--group-by", "host", "--prune"];
    const [snapshots, data] = [await keysUnder("snapshots/"), await keysUnder("data/")];
    const refused = await server.restic(backup, policy);
    expect(refused.code).not.toBe(0);
    expect([await keysUnder("snapshots/"), await keysUnder("data/")]).toEqual([snapshots, data]);
    await well(maintenance, ...policy);
    expect(await keysUnder("snapshots/")).toHaveLength(1);
    expect(await well({ role: "drill" }, "--no-lock", "check", "--read-data")).toContain("no errors were found");
    await save();
  });

  it("waits with its writes while maintenance prunes, and then goes on", async () => {
    const who: Who = { role: "backup", run: "waits" };
    await server.says("waits", { write: "later", indexesUntil: null });
    const running = await server.start(who, ["backup", "--json", home]);
    running.stdin.end();
    let ended = false;
    void running.end.then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(ended).toBe(false);
    await server.says("waits", { write: "yes", indexesUntil: null });
    expect(await running.end).toMatchObject({ code: 0 });
  });

  it("gives up at once when its run is not the one under way, and has written nothing", async () => {
    const before = await keysUnder("");
    await server.says("late", { write: "no", indexesUntil: null });
    const answer = await server.restic({ role: "backup", run: "late" }, ["backup", home]);
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining("403")]);
    expect(await keysUnder("")).toEqual(before);
  });
});

describe("a lock of a box that died", () => {
  it("does not hinder a backup, cannot be removed by the agent, and is removed by maintenance", async () => {
    const dead = await server.start({ role: "backup", run: "dead", box: "box-2" }, ["backup", "--stdin"]);
    while ((await keysUnder("locks/")).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    dead.kill();
    await dead.end;
    const [lock] = await keysUnder("locks/");
    await save();
    await server.restic(backup, ["unlock", "--remove-all"]);
    expect(await keysUnder("locks/")).toEqual([lock]);
    await well(maintenance, "unlock", "--remove-all");
    expect(await keysUnder("locks/")).toEqual([]);
  });
});

describe("an init that was cut off between key and config", () => {
  it("is followed by one whose repository opens", async () => {
    await emptied();
    await well({ role: "backup", run: "cut" }, "init");
    await (await server.bucket()).delete("config");
    const again: Who = { role: "backup", run: "again" };
    expect(await server.restic(again, ["cat", "config"])).toMatchObject({ code: 10 });
    await well(again, "init");
    expect(await restored(await save(again))).toEqual(await contents(home));
  });
});
