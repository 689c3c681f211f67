/** The real restic over the S3 API of a bucket, with tokens made through the API, as a person has them. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startTestRuntime, type TestRuntime } from "../../runtime/testing/fixture.ts";
import { ensureRestic } from "../../toolchain/restic.ts";
import { type RunResult, run } from "../../toolchain/run.ts";
import { permissionGroups } from "../account/permissions.ts";
import { hashOf } from "../account/state.ts";
import { type LoopbackCloudflare, startCloudflare } from "../index.ts";
import { passOn } from "./passOn.ts";

const accountId = "10ca110c".repeat(4);
const deployToken = "test-token-of-the-loopback-cloudflare-api";

interface Keys {
  readonly id: string;
  readonly secret: string;
}

let folder: string;
let test: TestRuntime;
let api: LoopbackCloudflare;
let origin: string;
let program: string;
let writer: Keys;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-s3-"));
  program = (await ensureRestic({ progress: () => {} })).program;
  test = await startTestRuntime();
  const stateDir = path.join(folder, "cloudflare");
  api = await startCloudflare({ stateDir, accountId, token: deployToken, runtime: test.runtime, log: () => {} });
  origin = new URL(api.url).origin;
  for (const name of ["kept", "other"]) await call("POST", "r2/buckets", { name });
  writer = await aToken("Write", "kept");
  await fs.mkdir(path.join(folder, "home", "memories"), { recursive: true });
  await fs.writeFile(path.join(folder, "home", "memories", "MEMORY.md"), "My name is Gus.\n");
  await fs.writeFile(
    path.join(folder, "home", "state.db"),
    new Uint8Array(20 << 20).map((_, at) => at * at),
  );
  passed(await restic(writer, ["init"]));
  passed(await restic(writer, ["backup", path.join(folder, "home"), "--host", "talaria"]));
});
afterAll(async () => {
  await api?.close();
  await test?.stop();
  if (folder) await fs.rm(folder, { recursive: true, force: true });
});

describe("restic over the S3 API of a bucket", () => {
  it("opens the repository in it with a token that only reads, checks all of it and restores it whole", async () => {
    const reader = await aToken("Read", "kept");
    expect(passed(await restic(reader, ["snapshots", "--no-lock", "--json"])).stdout).toContain('"hostname":"talaria"');
    expect(passed(await restic(reader, ["check", "--read-data", "--no-lock"])).stdout).toContain("no errors");
    const target = path.join(folder, "restored");
    passed(await restic(reader, ["restore", "latest", "--no-lock", "--target", target]));
    for (const file of ["memories/MEMORY.md", "state.db"]) {
      const there = path.join(folder, "home", file);
      expect((await fs.readFile(path.join(target, there))).equals(await fs.readFile(there)), file).toBe(true);
    }
  });

  it("is refused with a wrong secret", async () => {
    expect(await firstComplaint({ ...writer, secret: "0".repeat(64) })).toContain("signature");
  });

  it("is refused with the token of another bucket", async () => {
    expect(await firstComplaint(await aToken("Write", "other"))).toContain("Access Denied");
  });

  it("is refused with a token that was deleted or disabled", async () => {
    const gone = await aToken("Write", "kept");
    const off = await aToken("Write", "kept");
    await call("DELETE", `tokens/${gone.id}`);
    const policies = policiesOf("Write", "kept");
    await call("PUT", `tokens/${off.id}`, { name: "off", status: "disabled", policies });
    for (const keys of [gone, off]) expect(await firstComplaint(keys)).toContain("Unauthorized");
  });

  it("deletes and writes only with a token that may write", async () => {
    const reader = await aToken("Read", "kept");
    const first = await newest();
    for (const words of [
      ["forget", first],
      ["backup", path.join(folder, "home")],
    ])
      expect(await firstComplaint(reader, words), words[0]).toContain("Access Denied");
    expect((await signed("DELETE", `/kept/snapshots/${first}`, {}, reader)).status).toBe(403);
    expect(await newest()).toBe(first);
    passed(await restic(writer, ["backup", path.join(folder, "home", "memories"), "--host", "talaria"]));
    passed(await restic(writer, ["forget", await newest(), "--prune"]));
    expect(await newest()).toBe(first);
  });

  it("reaches the same objects while a Worker binds the bucket, and after it is gone", async () => {
    const bindings = [{ name: "BUCKET", type: "r2_bucket", bucket_name: "kept" }];
    const content = new TextEncoder().encode(
      "export default { async fetch(_, { BUCKET }) { return Response.json((await BUCKET.list()).objects.length); } };",
    );
    await test.runtime.deploy({
      name: "binder",
      mainModule: "index.js",
      modules: [{ name: "index.js", contentType: "application/javascript+module", content }],
      bindings,
      compatibilityDate: "2026-11-01",
      compatibilityFlags: [],
      classes: {},
    });
    await test.runtime.setPublic("binder", true);
    const count = async () => (await fetch(await test.runtime.url("binder"))).json();
    const before = await count();
    expect(before).toBe(await test.runtime.bucketSize("kept"));
    passed(await restic(writer, ["backup", path.join(folder, "home"), "--host", "talaria"]));
    expect(await count()).toBeGreaterThan(Number(before));
    const made = await newest();
    await test.runtime.remove("binder");
    expect(await newest()).toBe(made);
    passed(await restic(writer, ["check", "--no-lock"]));
  });
});

describe("a refusal of the S3 API", () => {
  it("is S3's XML, with the code that a client looks for", async () => {
    const answers = [
      [await fetch(`${origin}/kept/config`), 400, "InvalidArgument"],
      [await fetch(`${origin}/kept/config?X-Amz-Signature=abc`), 501, "NotImplemented"],
      [
        await fetch(`${origin}/kept/config`, { headers: { authorization: `Bearer ${deployToken}` } }),
        400,
        "InvalidRequest",
      ],
      [await signed("GET", "/kept/none"), 404, "NoSuchKey"],
      [await signed("GET", "/absent/none"), 403, "AccessDenied"],
      [await signed("GET", "/"), 403, "AccessDenied"],
      [await signed("PUT", "/kept/copy", { "x-amz-copy-source": "/other/secret" }), 501, "NotImplemented"],
      [
        await signed("PUT", "/kept/chunks", { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }),
        501,
        "NotImplemented",
      ],
    ] as const;
    for (const [response, status, code] of answers) {
      expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/xml"]);
      expect(await response.text()).toContain(`<Code>${code}</Code>`);
    }
  });

  it("names a bucket that is missing only to who may see it", async () => {
    const gone = await aToken("Read", "absent");
    expect((await signed("GET", "/absent/none", {}, gone)).status).toBe(404);
  });
});

describe("the log of requests", () => {
  it("names the objects that were asked for, and holds no key", async () => {
    const log = await fs.readFile(path.join(folder, "cloudflare", "requests.jsonl"), "utf8");
    expect(log).toContain('"path":"s3:/kept/config"');
    expect(log).not.toContain(writer.secret);
    expect(log).not.toContain("Signature=");
  });
});

/** Sends a request signed by the code of this folder; the signature itself is held against AWS' examples. */
function signed(
  method: string,
  to: string,
  headers: Record<string, string> = {},
  keys: Keys = writer,
): Promise<Response> {
  const [, bucket = "", ...key] = to.split("/");
  const door = { url: `${origin}/${bucket}`, accessKeyId: keys.id, secretAccessKey: keys.secret };
  return passOn(new Request(`http://127.0.0.1${to}`, { method, headers }), null, key.join("/"), door);
}

async function newest(): Promise<string> {
  const { stdout } = passed(await restic(writer, ["snapshots", "--no-lock", "--json"]));
  return (
    z
      .array(z.looseObject({ id: z.string() }))
      .parse(JSON.parse(stdout))
      .at(-1)?.id ?? ""
  );
}

function restic(keys: Keys, words: readonly string[]): Promise<RunResult> {
  return run(program, ["-r", `s3:${origin}/kept`, ...words], { env: environment(keys) });
}

/** What restic says first when it is refused. It would go on trying for a quarter of an hour. */
function firstComplaint(keys: Keys, words: readonly string[] = ["snapshots", "--no-lock"]): Promise<string> {
  const child = spawn(program, ["-r", `s3:${origin}/kept`, ...words], { env: environment(keys) });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("\n")) child.kill("SIGTERM");
  });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", () => resolve(text)));
}

function environment({ id, secret }: Keys): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    RESTIC_PASSWORD: "password of the repository",
    RESTIC_CACHE_DIR: path.join(folder, "cache"),
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
  };
}

function passed(result: RunResult): RunResult {
  if (result.code !== 0) throw new Error(`restic ended with ${result.code}: ${result.stderr}`);
  return result;
}

async function aToken(may: "Read" | "Write", bucket: string): Promise<Keys> {
  const made = await call("POST", "tokens", { name: `${may} ${bucket}`, policies: policiesOf(may, bucket) });
  const { id, value } = z.object({ id: z.string(), value: z.string() }).parse(made);
  return { id, secret: hashOf(value) };
}

function policiesOf(may: "Read" | "Write", bucket: string) {
  const group = permissionGroups.find(({ name }) => name === `Workers R2 Storage Bucket Item ${may}`);
  const resources = { [`com.cloudflare.edge.r2.bucket.${accountId}_default_${bucket}`]: "*" };
  return [{ effect: "allow", permission_groups: [{ id: group?.id }], resources }];
}

async function call(method: string, route: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${api.url}/accounts/${accountId}/${route}`, {
    method,
    headers: { authorization: `Bearer ${deployToken}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const { success, errors, result } = z
    .looseObject({ success: z.boolean(), errors: z.unknown(), result: z.unknown() })
    .parse(await response.json());
  if (!success) throw new Error(JSON.stringify(errors));
  return result;
}
