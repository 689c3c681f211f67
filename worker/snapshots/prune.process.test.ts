import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bucket } from "../storage.ts";
import { type RepositoryServer, startRepositoryServer, type Who } from "../testing/repositoryServer.ts";
import { sweepLocks } from "./locks.ts";

type Keys = ReadonlySet<string>;
const isNew = (folder: string) => (before: Keys, now: Keys) =>
  [...now].some((key) => key.startsWith(folder) && !before.has(key));
const isGone = (folder: string) => (before: Keys, now: Keys) =>
  [...before].some((key) => key.startsWith(folder) && !now.has(key));

/** Steps of a prune, in their order, as the bucket shows them. */
const steps: readonly (readonly [string, (before: Keys, now: Keys) => boolean])[] = [
  ["its lock is there", isNew("locks/")],
  ["a new pack is stored", isNew("data/")],
  ["a new index is stored", isNew("index/")],
  ["an old index is removed", isGone("index/")],
  ["an old pack is removed", isGone("data/")],
];

const backup: Who = { role: "backup" };
const restore: Who = { role: "restore" };
let server: RepositoryServer;
let home: string;
let memory: string;

beforeAll(async () => {
  server = await startRepositoryServer();
  home = path.join(server.folder, "home");
  await fs.mkdir(home);
  await well(backup, "init");
}, 120_000);
afterAll(() => server.stop());

async function well(who: Who, ...args: string[]): Promise<string> {
  const answer = await server.restic(who, args);
  expect(answer, args.join(" ")).toMatchObject({ code: 0 });
  return answer.stdout;
}

/** Leaves one snapshot of three: packs that hold both what is wanted and what is not, and packs that nobody wants. */
async function agedRepository(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    for (let file = 0; file < 6; file += n === 0 ? 1 : 2)
      await fs.writeFile(path.join(home, `${file}`), randomBytes(300_000));
    const lines = (await well(backup, "backup", "--json", "--host", "talaria", home)).trim().split("\n");
    memory = (JSON.parse(lines.at(-1) ?? "{}") as { snapshot_id: string }).snapshot_id;
  }
  await well({ role: "maintenance" }, "forget", "--group-by", "", "--keep-last", "1");
}

async function keys(): Promise<Keys> {
  return new Set((await (await server.bucket()).list()).objects.map(({ key }) => key));
}

/** What is restored of the memory, against the home that it was made of. */
async function expectWhole(): Promise<void> {
  const target = path.join(server.folder, `restored-${Math.random().toString(36).slice(2)}`);
  await well(restore, "--no-lock", "restore", `${memory}:${home}`, "--target", target);
  for (const name of await fs.readdir(home)) {
    const [is, was] = await Promise.all([target, home].map((folder) => fs.readFile(path.join(folder, name))));
    expect(is && was && is.equals(was), name).toBe(true);
  }
  await fs.rm(target, { recursive: true });
}

describe("a prune that gives way", () => {
  it.each(steps)(
    "when %s, fenced off and killed, leaves a memory that restores, and no lock",
    async (step, reached) => {
      await agedRepository();
      const before = await keys();
      const run = "a-prune";
      await server.says(run, { write: "yes", indexesUntil: null });
      const running = await server.start({ role: "maintenance", run }, [
        ...["prune", "--max-unused", "0", "-o", "rest.connections=2"],
      ]);
      running.stdin.end();
      let ended = false;
      const end = running.end.then((answer) => {
        ended = true;
        return answer;
      });
      while (!reached(before, await keys())) {
        if (ended) expect(await end).toBe(`a prune in which ${step}`);
        await pause(5);
      }
      await server.says(run, { write: "no", indexesUntil: null });
      await expectWhole(); // at once, while the one that was fenced off may still be about
      running.kill();
      await end;
      const bucket = await server.bucket();
      await sweepLocks(bucket as unknown as Bucket, []);
      expect([...(await keys())].filter((key) => key.startsWith("locks/"))).toEqual([]);
      await expectWhole();
      await well({ role: "maintenance" }, "prune", "--max-unused", "0");
      expect(await well({ role: "drill" }, "--no-lock", "check", "--read-data")).toContain("no errors were found");
      await expectWhole();
    },
    120_000,
  );
});
