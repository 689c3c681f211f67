/** What a compromised agent can do with a valid backup credential and the repository's password: everything that it has. */
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RepositoryServer, startRepositoryServer, versions, type Who } from "../testing/repositoryServer.ts";

let server: RepositoryServer;
let promoted: string;
/** Until when the promoted snapshot's index objects were stored. */
let indexesUntil: number;

const bot: Who = { role: "backup", run: "bot" };
const thief: Who = { role: "backup", run: "thief" };
const maintenance: Who = { role: "maintenance" };
const text = "what the agent learned\n".repeat(2_000);

const bucket = () => server.bucket();
const names = async (prefix: string) => (await (await bucket()).list({ prefix })).objects.map(({ key }) => key);
/** The address of an object at the door. */
const addressOf = (key: string) => key.replace(/^data\/../, "data");
const junkOf = (type: string, content: Buffer | string) =>
  server.ask(thief, `${type}/${createHash("sha256").update(content).digest("hex")}`, {
    method: "POST",
    body: content as string,
  });

beforeAll(async () => {
  server = await startRepositoryServer();
  await fs.mkdir(path.join(server.folder, "home"));
  await fs.writeFile(path.join(server.folder, "home", "MEMORY.md"), text);
  expect(await server.restic(bot, ["init"])).toMatchObject({ code: 0 });
  const { stdout } = await server.restic(bot, ["backup", "--json", "home"]);
  promoted = (JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as { snapshot_id: string }).snapshot_id;
  const indexes = (await (await bucket()).list({ prefix: "index/" })).objects;
  indexesUntil = Math.max(...indexes.map(({ uploaded }) => uploaded.getTime()));
  while (Date.now() <= indexesUntil + 5) await new Promise((resolve) => setTimeout(resolve, 5));
});
afterAll(() => server.stop());

async function restore(run: string, until: number | null) {
  await server.says(run, { write: "no", indexesUntil: until });
  const target = path.join(server.folder, `restored-${run}`);
  const restored = await server.restic({ role: "restore", run }, [
    "--no-lock",
    "restore",
    promoted,
    "--target",
    target,
  ]);
  const file = path.join(target, "home", "MEMORY.md");
  return { restored, memory: await fs.readFile(file, "utf8").catch(() => undefined) };
}

describe("a thief with a valid backup credential", () => {
  it("can overwrite, truncate and delete nothing that is there", async () => {
    const before = await versions(await bucket());
    expect(before.size).toBeGreaterThan(4);
    for (const key of before.keys()) {
      for (const body of ["", "forged".repeat(9), "0".repeat(100_000)])
        expect([200, 400, 403]).toContain((await server.ask(thief, addressOf(key), { method: "POST", body })).status);
      for (const method of ["PUT", "PATCH", "DELETE"])
        expect([403, 404], `${method} ${key}`).toContain((await server.ask(thief, addressOf(key), { method })).status);
    }
    expect(await versions(await bucket())).toEqual(before);
  });

  it("can make no repository over it, and no key to it", async () => {
    const before = await versions(await bucket());
    expect((await server.ask(thief, "?create=true", { method: "POST" })).status).toBe(403);
    expect((await junkOf("keys", "a key of my own, long enough to be one of restic's")).status).toBe(403);
    expect((await server.restic(thief, ["key", "add", "--new-insecure-no-password"])).code).not.toBe(0);
    expect(await versions(await bucket())).toEqual(before);
  });

  it("cannot forget, prune or rewrite with restic, which only adds", async () => {
    const before = await versions(await bucket());
    for (const args of [
      ["forget", promoted],
      ["forget", "--unsafe-allow-remove-all", "--host", ".*", "--prune"],
      ["prune"],
      ["rewrite", "--forget", "--exclude", "*", promoted],
      ["repair", "index"],
    ])
      await server.restic(thief, args);
    expect([...(await versions(await bucket()))]).toEqual(expect.arrayContaining([...before]));
  });

  it("can remove the locks of its own run, and not the one of a prune", async () => {
    const lock = "the lock of a prune, which only maintenance removes";
    const prune = createHash("sha256").update(lock).digest("hex");
    await server.ask(maintenance, `locks/${prune}`, { method: "POST", body: lock });
    expect((await server.ask(thief, `locks/${prune}`, { method: "DELETE" })).status).toBe(403);
    expect(await names("locks/")).toContain(`locks/${prune}`);
    await server.ask(maintenance, `locks/${prune}`, { method: "DELETE" });
    const own = createHash("sha256").update(lock.toUpperCase()).digest("hex");
    expect((await junkOf("locks", lock.toUpperCase())).status).toBe(200);
    expect((await server.ask(thief, `locks/${own}`, { method: "DELETE" })).status).toBe(200);
    expect(await names("locks/")).toEqual([]);
  });

  it("does not stop a restore by whatever it adds, though the same would end one that sees it", async () => {
    for (const type of ["index", "snapshots", "locks", "data"])
      for (const junk of ["j".repeat(32), randomBytes(5_000).toString("hex")])
        expect((await junkOf(type, junk)).status, type).toBe(200);
    const { restored, memory } = await restore("after-junk", indexesUntil);
    expect(restored).toMatchObject({ code: 0 });
    expect(memory).toBe(text);
    expect((await restore("sees-junk", null)).restored.code).not.toBe(0);
  });

  it("does not stop the next backup, once the Agent has swept the locks", async () => {
    await (await bucket()).delete(await names("locks/"));
    await server.says("bot", { write: "yes", indexesUntil });
    await fs.writeFile(path.join(server.folder, "home", "new.md"), "new\n");
    const next = await server.restic(bot, ["backup", "--json", "--parent", promoted, "home"]);
    expect(next).toMatchObject({ code: 0 });
  });

  it("does not stop maintenance, which removes what does not open", async () => {
    const care = async (...args: string[]) => server.restic(maintenance, args);
    const saved = await names("snapshots/");
    expect(await care("repair", "index")).toMatchObject({ code: 0 });
    // Two junk snapshots stop a prune until they are gone; restic has no command that removes them.
    expect(await care("prune")).toMatchObject({ code: 1, stderr: expect.stringContaining("failed loading snapshot") });
    const { stderr } = await care("snapshots");
    const unreadable = [...stderr.matchAll(/^Ignoring "([0-9a-f]{64})"/gm)].map(([, id]) => `snapshots/${id}`);
    expect(unreadable).toHaveLength(2);
    expect(unreadable).not.toContain(`snapshots/${promoted}`);
    for (const key of unreadable) expect((await server.ask(maintenance, key, { method: "DELETE" })).status).toBe(200);
    expect(await care("prune")).toMatchObject({ code: 0 });
    expect(await care("check", "--read-data")).toMatchObject({ code: 0 });
    expect(await names("snapshots/")).toEqual(saved.filter((key) => !unreadable.includes(key)));
    const { restored, memory } = await restore("after-care", indexesUntil);
    expect(restored).toMatchObject({ code: 0 });
    expect(memory).toBe(text);
  });
});
