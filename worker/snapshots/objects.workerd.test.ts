import { beforeEach, describe, expect, it } from "vitest";
import { add, ask, bucket, codeOf, emptyBucket, keys, long, nameOf } from "../testing/repositoryDoor.ts";
import type { Role } from "./rights.ts";

beforeEach(emptyBucket);

const names = async (response: Response) => ((await response.json()) as { name: string }[]).map(({ name }) => name);

/** A bucket that fails in one way and is the real one otherwise. */
const failing = (method: "get" | "put" | "list", reason: string) =>
  new Proxy(bucket, {
    get: (target, name) => {
      if (name === method) return () => Promise.reject(new Error(reason));
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

describe("storing", () => {
  it("refuses a content that is not what the name says, and leaves nothing", async () => {
    const answer = await ask(`data/${await nameOf(long("the content"))}`, { method: "POST", body: long("another") });
    expect([answer.status, await codeOf(answer)]).toEqual([400, "repositoryHash"]);
    expect(await keys()).toEqual([]);
  });

  it("leaves an object that is there as it is", async () => {
    const name = await add("data", "a pack", { run: "run-1" });
    const before = await bucket.head(`data/${name.slice(0, 2)}/${name}`);
    expect((await ask(`data/${name}`, { method: "POST", body: long("a pack"), run: "run-2" })).status).toBe(200);
    for (const body of [long("other"), "x", ""]) await ask(`data/${name}`, { method: "POST", body, run: "run-2" });
    const after = await bucket.head(`data/${name.slice(0, 2)}/${name}`);
    expect([after?.version, after?.customMetadata]).toEqual([before?.version, before?.customMetadata]);
    expect(await (await ask(`data/${name}`)).text()).toBe(long("a pack"));
  });

  it("reads a large body to its end even when the object is there, so that restic gets the answer", async () => {
    const content = "0123456789abcdef".repeat(1 << 18);
    const name = await add("data", content);
    expect((await ask(`data/${name}`, { method: "POST", body: content })).status).toBe(200);
  });

  it("leaves nothing of an upload that was cut", async () => {
    const content = "x".repeat(100_000);
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(content.slice(0, 60_000)));
        controller.close();
      },
    });
    const headers = { "content-length": "100000" };
    const answer = await ask(`data/${await nameOf(content)}`, { method: "POST", body: cut, headers });
    expect(answer.status).toBe(500);
    expect(await keys()).toEqual([]);
  });

  it("leaves nothing of an upload whose connection broke", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(60_000));
        controller.error(new Error("the connection was lost"));
      },
    });
    const headers = { "content-length": "100000" };
    const answer = await ask(`data/${"0".repeat(64)}`, { method: "POST", body: broken, headers });
    expect(answer.status).toBe(500);
    expect(await keys()).toEqual([]);
  });

  it("takes nothing that is too short to be restic's, on which restic would panic", async () => {
    for (const type of ["index", "snapshots", "data", "locks"])
      for (const body of ["", "junk", "x".repeat(31)])
        expect((await ask(`${type}/${await nameOf(body)}`, { method: "POST", body })).status).toBe(400);
    expect(await keys()).toEqual([]);
  });

  it("wants to know the length", async () => {
    const body = new ReadableStream({ start: (controller) => controller.close() });
    for (const headers of [undefined, { "content-length": "many" }])
      expect((await ask(`data/${"0".repeat(64)}`, { method: "POST", body, ...(headers && { headers }) })).status).toBe(
        411,
      );
  });

  it("says that the bucket failed, with its words", async () => {
    const body = long("x");
    const down = failing("put", "put: We encountered an internal error. Please try again. (10001)");
    const answer = await ask(`data/${await nameOf(body)}`, { method: "POST", body, bucket: down });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("We encountered an internal error");
  });
});

describe("reading", () => {
  const digits = "0123456789".repeat(4);

  it("gives parts of an object", async () => {
    const name = await add("data", digits);
    const read = async (range: string) => {
      const answer = await ask(`data/${name}`, { headers: { range } });
      return [answer.status, answer.headers.get("content-range"), await answer.text()];
    };
    expect(await read("bytes=0-")).toEqual([206, "bytes 0-39/40", digits]);
    expect(await read("bytes=2-4")).toEqual([206, "bytes 2-4/40", "234"]);
    expect(await read("bytes=38-50")).toEqual([206, "bytes 38-39/40", "89"]);
  });

  it("says the length of what it gives", async () => {
    const name = await add("data", digits);
    const lengths = [
      await ask(`data/${name}`, { method: "HEAD" }),
      await ask(`data/${name}`),
      await ask(`data/${name}`, { headers: { range: "bytes=2-4" } }),
    ].map((answer) => answer.headers.get("content-length"));
    expect(lengths).toEqual(["40", "40", "3"]);
  });

  it("refuses a part that is not there, and a range of another form", async () => {
    const name = await add("data", digits);
    const read = async (range: string) => (await ask(`data/${name}`, { headers: { range } })).status;
    expect(await Promise.all(["bytes=40-", "bytes=4-2", "bytes=-3", "pages=1-2"].map(read))).toEqual([
      416, 416, 400, 400,
    ]);
  });

  it("answers 404 for what is not there", async () => {
    for (const path of ["config", `data/${"0".repeat(64)}`])
      for (const method of ["GET", "HEAD"]) expect((await ask(path, { method })).status).toBe(404);
    expect(await (await ask("data/")).json()).toEqual([]);
  });

  it("answers 500 when the bucket fails, with its words, never a part of a list", async () => {
    const answer = await ask("snapshots/", { bucket: failing("list", "list: too many requests (10058)") });
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining("too many requests")]);
    const name = await add("data", "x");
    expect((await ask(`data/${name}`, { bucket: failing("get", "get: timed out") })).status).toBe(500);
  });

  it("lists more objects than R2 gives at once, each once", { timeout: 60_000 }, async () => {
    const all = await Promise.all(Array.from({ length: 1_100 }, (_, i) => nameOf(String(i))));
    for (let from = 0; from < all.length; from += 100)
      await Promise.all(all.slice(from, from + 100).map((name) => bucket.put(`index/${name}`, "x")));
    for (const role of ["maintenance", "restore"] as const)
      expect((await names(await ask("index/", { role }))).sort()).toEqual(all.sort());
  });
});

describe("index objects that were added after the promotion", () => {
  const listed = async (role: Role, run: string, indexesUntil: number | null) =>
    (await names(await ask("index/", { role, run, access: { indexesUntil } }))).sort();

  /** One index before the moment, and after it one of each that there can be. */
  async function indexes() {
    const promoted = await add("index", "promoted", { run: "run-0" });
    const until = (await bucket.head(`index/${promoted}`))?.uploaded.getTime() ?? 0;
    while (Date.now() <= until + 5) await new Promise((resolve) => setTimeout(resolve, 5));
    const later = {
      thief: await add("index", "thief", { run: "run-1" }),
      own: await add("index", "own", { run: "run-2" }),
      care: await add("index", "care", { role: "maintenance", run: "run-3" }),
      imported: await add("index", "imported", { role: "import", run: "run-4" }),
    };
    return { promoted, until, ...later };
  }

  it("are hidden from every run but maintenance, unless it, maintenance or an import stored them", async () => {
    const { promoted, until, thief, own, care, imported } = await indexes();
    for (const role of ["restore", "backup", "drill", "desk", "import"] as const)
      expect(await listed(role, "run-2", until), role).toEqual([promoted, own, care, imported].sort());
    expect(await listed("restore", "run-9", until)).toEqual([promoted, care, imported].sort());
    expect(await listed("maintenance", "run-9", until)).toEqual([promoted, thief, own, care, imported].sort());
  });

  it("are shown where nothing was promoted", async () => {
    const { promoted, thief, own, care, imported } = await indexes();
    expect(await listed("restore", "run-9", null)).toEqual([promoted, thief, own, care, imported].sort());
  });
});
