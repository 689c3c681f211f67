/** The agent's commands in real containers of the process engine: the real objects, the SDK's boxes, the real supervisor. */
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkout } from "../local/paths.ts";
import { imagePrograms } from "../local/runtime/images.ts";
import { processEngine } from "../local/runtime/process/index.ts";
import { startTestRuntime, type TestRuntime } from "../local/runtime/testing/fixture.ts";
import { compatibility, type Declaration, type ExecPolicy } from "../worker/bindings.ts";
import declarationText from "../worker/testing/declarationText.ts";

const secret = (current: string) => JSON.stringify({ current });
const adminToken = "admin-token-0123456789";
let runtime: TestRuntime;
let url: string;
let code: Uint8Array;
let session = "";
let count = 0;

beforeAll(async () => {
  const sandboxd = path.join(checkout, "local", "sandboxd", "index.ts");
  const engine = processEngine(imagePrograms({ node: process.execPath, sandboxd, checkout }));
  runtime = await startTestRuntime({ engine });
  await runtime.runtime.setImage("exec", "ExecBox", "registry.example/talaria-exec:process");
  code = await bundled();
  await upload();
  await runtime.runtime.setPublic("exec", true);
  url = await runtime.runtime.url("exec");
});
afterAll(() => runtime?.stop());
beforeEach(() => {
  session = `s${count++}`;
});

/** Uploads the Worker, which resets every object. */
async function upload(policy: Partial<ExecPolicy> = {}): Promise<void> {
  const declaration = JSON.parse(declarationText) as Declaration;
  const text = JSON.stringify({ ...declaration, exec: { ...declaration.exec, parallel: 12, spare: 0, ...policy } });
  const namespace = (name: string, class_name: string) => ({ name, type: "durable_object_namespace", class_name });
  await runtime.runtime.deploy({
    name: "exec",
    mainModule: "index.js",
    modules: [
      { name: "index.js", contentType: "application/javascript+module", content: code },
      { name: "declaration.txt", contentType: "text/plain", content: new TextEncoder().encode(text) },
    ],
    bindings: [
      { name: "SNAPSHOTS", type: "r2_bucket", bucket_name: "exec" },
      { name: "ADMIN_TOKEN", type: "secret_text", text: secret(adminToken) },
      { name: "CLIENT_TOKEN", type: "secret_text", text: secret("client-token-0123456789") },
      namespace("AGENT", "Agent"),
      namespace("EXEC_SESSION", "ExecSession"),
      namespace("EXEC_POOL", "ExecPool"),
      namespace("EXEC_BOX", "ExecBox"),
    ],
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    classes: {
      Agent: { container: false },
      ExecSession: { container: false },
      ExecPool: { container: false },
      ExecBox: { container: true },
    },
  });
}

async function bundled(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [path.join(checkout, "worker", "testing", "execWorker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    keepNames: true,
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*", "./declaration.txt"],
  });
  const [made] = outputFiles;
  if (made === undefined) throw new Error("esbuild made nothing of the Worker");
  return made.contents;
}

const jobUrl = (job: string, of = session) => `${url}/inside/exec/sessions/${of}/jobs/${job}`;

/** As the plugin: the same request again where the connection broke, or the answer says so. */
async function ask(target: string, init: RequestInit = {}): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(target, init).catch(() => undefined); // a reset: asked again
    const again =
      answer === undefined || answer.status === 502 || (answer.status === 503 && answer.headers.has("retry-after"));
    if (!again || tries === 60) return answer ?? Response.error();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

interface Ended {
  readonly output: Buffer;
  readonly exit: number;
  readonly endedBy: string | null;
  readonly notices: readonly string[];
}

async function start(job: string, command: string, options: object = {}, of = session): Promise<string[]> {
  const body = { kind: "terminal", command: Buffer.from(command).toString("base64"), timeoutSeconds: 60, ...options };
  const answer = await ask(jobUrl(job, of), { method: "PUT", body: JSON.stringify(body) });
  const said = (await answer.json()) as { notices?: string[]; error?: { code: string } };
  if (said.error) throw new Error(JSON.stringify(said.error));
  return said.notices ?? [];
}

async function finish(job: string, of = session): Promise<Omit<Ended, "notices">> {
  const parts: Buffer[] = [];
  for (let offset = 0; ; ) {
    const answer = await ask(`${jobUrl(job, of)}?offset=${offset}&wait=20`);
    const body = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) throw new Error(`${answer.status} ${body.toString()}`);
    parts.push(body);
    offset = Number(answer.headers.get("x-job-next"));
    const exit = answer.headers.get("x-job-exit");
    if (exit !== null)
      return { output: Buffer.concat(parts), exit: Number(exit), endedBy: answer.headers.get("x-job-ended-by") };
  }
}

async function run(command: string, options: object = {}, of = session): Promise<Ended> {
  const job = `j${count++}`;
  const notices = await start(job, command, options, of);
  const ended = await finish(job, of);
  await ask(`${jobUrl(job, of)}/forget`, { method: "POST" });
  return { ...ended, notices };
}
const text = async (command: string, options: object = {}, of = session) =>
  (await run(command, options, of)).output.toString();
const api = (route: string, init: RequestInit = {}) =>
  fetch(`${url}/api${route}`, { ...init, headers: { authorization: `Bearer ${adminToken}` } });

describe("a session's container", () => {
  it("runs commands one after another in one workspace, with their exit codes", async () => {
    expect(await run("echo one > note; echo hello; exit 3")).toMatchObject({ exit: 3, endedBy: "exit", notices: [] });
    expect(await text("cat note; pwd")).toMatch(/^one\n\/.*workspace/);
    expect(await run("cat note", {}, `${session}b`)).toMatchObject({ exit: 1 });
  });

  it("takes any bytes as input, and brings large outputs whole", async () => {
    const stdin = Buffer.from(Array.from({ length: 1_024 }, (_, n) => n % 256));
    expect((await run("cat", { stdin: stdin.toString("base64") })).output.equals(stdin)).toBe(true);
    const { output } = await run("head -c 10000000 /dev/zero | tr '\\0' 'x'; echo end");
    expect([output.length, output.subarray(-5).toString()]).toEqual([10_000_004, "xend\n"]);
  });

  it("kills what a cancel and a deadline leave behind", async () => {
    await start("cancelled", "(setsid sleep 4711 &) ; trap '' TERM; echo up; while :; do sleep 1; done");
    await ask(`${jobUrl("cancelled")}?wait=20`);
    expect(await (await ask(jobUrl("cancelled"), { method: "DELETE" })).json()).toEqual({ survivors: 0 });
    expect(await finish("cancelled")).toMatchObject({ exit: 130, endedBy: "cancel" });
    expect(await run("trap '' TERM; sleep 4712", { timeoutSeconds: 1 })).toMatchObject({
      exit: 124,
      endedBy: "deadline",
    });
    expect(await text("pgrep -f 'sleep 471[12]$' || echo none")).toBe("none\n");
  });

  it("goes on with a command through an upload of the Worker, which runs it once", async () => {
    await start("through", "echo begun >> runs; sleep 4; echo done; wc -l < runs");
    await upload();
    expect((await finish("through")).output.toString()).toMatch(/^done\n\s*1\n$/);
  });

  it("is replaced where it ended, with the workspace as it was saved, and says so once", async () => {
    await run("mkdir -p a/b; echo kept > a/b/note; ln -s b/note a/link; chmod 750 a/b");
    const [row] = ((await (await api(`/audit?session=${session}`)).json()) as { rows: { box: string }[] }).rows;
    await ask(`${url}/inside/exec/sessions/${session}/rest`, { method: "POST" });
    await expect.poll(() => runtime.runtime.bucketSize("exec"), { timeout: 20_000 }).toBe(1);
    await start("lost", "sleep 600");
    await fetch(`${url}/end/${row?.box}`);
    expect(await finish("lost")).toMatchObject({ exit: 137, endedBy: "lost" });
    const next = await run("cat a/link; stat -c %a a/b");
    expect(next).toMatchObject({ exit: 0, output: Buffer.from("kept\n750\n") });
    expect(next.notices.join()).toContain("The sandbox was replaced");
    expect((await run("true")).notices).toEqual([]);
  });

  it("shows an operator its files and a terminal", async () => {
    await run("echo hello > note");
    expect(await (await api(`/exec/sessions/${session}/file?path=note`)).text()).toBe("hello\n");
    expect((await api(`/exec/sessions/${session}/file?path=in/mine`, { method: "PUT", body: "mine" })).status).toBe(
      200,
    );
    expect(await text("cat in/mine")).toBe("mine");
    expect(JSON.stringify(await (await api(`/exec/sessions/${session}/list?path=in`)).json())).toContain("mine");
    expect((await api(`/exec/sessions/${session}/file?path=../../etc/passwd`)).status).toBe(400);
    const shell = `/exec/sessions/${session}/jobs/shell`;
    const opened = await api(shell, { method: "PUT", body: JSON.stringify({ tty: { rows: 30, cols: 90 } }) });
    expect(opened.status).toBe(200);
    await api(`${shell}/input?offset=0`, { method: "POST", body: "stty size; exit 5\n" });
    let shown = "";
    for (let offset = 0, exit: string | null = null; exit === null; ) {
      const answer = await api(`${shell}?offset=${offset}&wait=10`);
      shown += await answer.text();
      offset = Number(answer.headers.get("x-job-next"));
      exit = answer.headers.get("x-job-exit");
      if (exit !== null) expect(exit).toBe("5");
    }
    expect(shown).toContain("30 90");
  });
});

describe("a container for each command", () => {
  beforeAll(() => upload({ isolation: "command", spare: 1 }));

  it("has the workspace, and gives back what changed, deletions too", async () => {
    await run("echo tool > note; echo old > gone", { kind: "tool" });
    expect(await text("cat note")).toBe("tool\n");
    await run("echo terminal > note; rm gone; echo process-lives-not & sleep 0.1");
    expect(await text("cat note; ls gone 2>&1", { kind: "tool" })).toMatch(/^terminal\nls: .*gone/);
    const { rows } = (await (await api(`/audit?session=${session}`)).json()) as {
      rows: { kind: string; box: string }[];
    };
    const keepers = new Set(rows.filter(({ kind }) => kind === "tool").map(({ box }) => box));
    expect(keepers.size).toBe(1);
    expect(rows.filter(({ kind, box }) => kind === "terminal" && keepers.has(box))).toEqual([]);
  });

  it("leaves no container behind but the keeper and the spare", async () => {
    const boxes = async () =>
      ((await (await api("/status")).json()) as { exec: { boxes: number; spare: number } }).exec;
    await run("echo x > x", { kind: "tool" });
    const before = await boxes();
    for (let n = 0; n < 4; n++) await run("true");
    await expect.poll(boxes, { timeout: 30_000 }).toMatchObject({ boxes: before.boxes, spare: 1 });
  });
});
