/** The smoke run against the loopback Cloudflare: the script itself is proven, no live account is. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CloudflareOptions } from "../../local/cloudflare/index.ts";
import { FakeRuntime } from "../../local/cloudflare/testing/fakeRuntime.ts";
import { accountId, aLoopback, type Loopback, token } from "../../local/cloudflare/testing/loopback.ts";
import { checkout } from "../../local/paths.ts";
import { processEngine } from "../../local/runtime/process/index.ts";
import { programOf, startTestRuntime } from "../../local/runtime/testing/fixture.ts";

const images = ["--image", "docker.io/library/fixture:1", "--second-image", "docker.io/library/fixture:2"];

let folder: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-smoke-"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await fs.rm(folder, { recursive: true, force: true });
});

/** An ended run. */
interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly report: string;
}

/** Runs the script; `whenSaid` is called once its output has a text. */
async function smoke(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  whenSaid?: readonly [text: string, act: (child: ChildProcess) => void],
): Promise<Ended> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [path.join(checkout, "e2e/smoke/index.ts"), ...args], {
    env: { PATH, HOME, TALARIA_STATE_DIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  closing.push(async () => void child.kill("SIGKILL")); // a test that timed out leaves nothing
  let output = "";
  let acted = false;
  const hear = (chunk: Buffer) => {
    output += chunk.toString();
    if (whenSaid === undefined || acted || !output.includes(whenSaid[0])) return;
    acted = true;
    whenSaid[1](child);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const [file] = (await fs.readdir(folder)).filter((name) => /^smoke-report-\d{4}-\d\d-\d\d-\d{6}\.md$/.test(name));
  return { code, output, report: file === undefined ? "" : await fs.readFile(path.join(folder, file), "utf8") };
}

async function cloudflare(options: Partial<CloudflareOptions> = {}): Promise<Loopback> {
  const loopback = await aLoopback(options);
  closing.push(() => loopback.close());
  return loopback;
}

const credentials = (loopback: Loopback, bearer = token) => ({
  CLOUDFLARE_API_BASE_URL: loopback.url,
  CLOUDFLARE_API_TOKEN: bearer,
  CLOUDFLARE_ACCOUNT_ID: accountId,
});

/** Everything that a run could leave. */
async function remains(loopback: Loopback): Promise<unknown[]> {
  const paths = ["/workers/scripts", "/containers/applications", "/tokens"];
  const answers = await Promise.all(paths.map((one) => loopback.send("GET", one)));
  return answers.flatMap(({ result }) => result as unknown[]);
}

/** A registry that begins a push for whoever has a login, and forgets it. */
async function aRegistry(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const known = request.headers.authorization?.startsWith("Basic ");
    const status = !known ? 401 : request.method === "POST" ? 202 : 204;
    response.writeHead(status, { location: "/v2/session" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe("smoke:cloudflare", () => {
  it("walks every point over a real runtime, removes everything and writes a report without secrets", async () => {
    const programs = (reference: string) =>
      programOf(reference.replace("docker.io/library/fixture", "registry.example/fixture"));
    const running = await startTestRuntime({ engine: processEngine(programs) });
    closing.push(() => running.stop());
    const loopback = await cloudflare({ runtime: running.runtime, rolloutGraceMs: 5000 });
    const registry = await aRegistry();
    const env = { ...credentials(loopback), CLOUDFLARE_REGISTRY_URL: registry.url };
    const { code, output, report } = await smoke(["--yes", ...images], env);
    expect(output).not.toMatch(/^undecided/m);
    expect(output.match(/^differs +(\S+)/gm)).toEqual([expect.stringContaining("worker-version")]);
    expect(code, output).toBe(0);
    expect(await remains(loopback)).toEqual([]);
    expect(registry.asked).toEqual([
      `POST /v2/${accountId}/talaria-smoke/blobs/uploads/`,
      expect.stringContaining("DELETE"),
    ]);
    expect(report).toContain("The rollout brought docker.io/library/fixture:2");
    expect(report).toContain("## Left behind\n\nNothing.");
    for (const secret of [token, accountId]) expect(report).not.toContain(secret);
    expect(report).not.toMatch(/"(value|password)":"(?!\[secret\])/);
  });

  it("does nothing without --yes but tell what it would create", async () => {
    const loopback = await cloudflare();
    const { code, output, report } = await smoke(images, credentials(loopback));
    expect(code).toBe(2);
    expect(output).toContain("a container application talaria-smoke-");
    expect(output).toContain("npm run smoke:cloudflare -- --yes");
    expect(report).toBe("");
    expect(await fs.readFile(path.join(loopback.stateDir, "requests.jsonl"), "utf8").catch(() => "")).toBe("");
  });

  it("names everything that its environment lacks, at once, and sends no token in plain text", async () => {
    const { code, output } = await smoke(["--yes"], { CLOUDFLARE_API_BASE_URL: "http://api.example.com/client/v4" });
    expect(code).toBe(2);
    expect(output).toContain("CLOUDFLARE_API_TOKEN is not set");
    expect(output).toContain("CLOUDFLARE_ACCOUNT_ID is not set");
    expect(output).toContain("would carry the token in plain text");
  });

  it("says in its help that it was never run against a live account", async () => {
    const { code, output } = await smoke(["--help"], {});
    expect(code).toBe(0);
    expect(output).toContain("never run against a live account");
  });

  it("leaves what a weak token cannot ask undecided, and creates nothing", async () => {
    const weak = "a-token-that-may-read-workers-only-0000000";
    const loopback = await cloudflare({ tokens: [{ token: weak, permissions: ["Workers Scripts Read"] }] });
    const { code, output } = await smoke(["--yes", ...images], credentials(loopback, weak));
    expect(code).toBe(1);
    expect(output).toMatch(/^undecided +permission-containers +The token may not ask this/m);
    expect(output).not.toContain("talaria:"); // a smoke run has no stack configuration
    expect(output).toMatch(/^undecided +upload +Not asked: permission-containers must hold first/m);
    expect(await remains(loopback)).toEqual([]);
  });

  it("removes everything when it is interrupted", async () => {
    const loopback = await cloudflare(); // nothing runs there, so the run waits for the Worker's first answer
    const { code, output, report } = await smoke(["--yes", ...images], credentials(loopback), [
      "second-upload",
      (child) => child.kill("SIGINT"),
    ]);
    expect(output).toMatch(/^holds +application/m);
    expect(output).toContain("Interrupted");
    expect(code, output).toBe(130);
    expect(await remains(loopback)).toEqual([]);
    expect(report).toContain("**interrupted**");
  });

  it("names what it could not remove, with the command that removes it", async () => {
    class Stubborn extends FakeRuntime {
      override async remove(): Promise<void> {
        throw new Error("the disk is full");
      }
    }
    const loopback = await cloudflare({ runtime: new Stubborn() });
    const { code, output, report } = await smoke(["--yes", ...images], credentials(loopback), [
      "second-upload",
      (child) => child.kill("SIGTERM"),
    ]);
    expect(code, output).toBe(3);
    const [name] = /talaria-smoke-[0-9a-f]{8}/.exec(output) ?? [];
    expect(output).toContain(`error: left behind: Worker ${name}`);
    expect(output).toContain(`/accounts/$CLOUDFLARE_ACCOUNT_ID/workers/scripts/${name}?force=true"`);
    expect(report).toContain(`**Worker ${name}**`);
    expect(await loopback.send("GET", "/containers/applications")).toMatchObject({ result: [] });
  });
});
