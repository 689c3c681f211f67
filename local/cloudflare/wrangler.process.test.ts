/** The real wrangler deploys to the loopback Cloudflare, the Worker answers, and answers again after a restart. */
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestRuntime, type TestRuntime } from "../runtime/testing/fixture.ts";
import { type LoopbackCloudflare, startCloudflare } from "./index.ts";
import { accountId, token } from "./testing/loopback.ts";

const wrangler = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));

const code = `import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return Response.json({ count, mode: this.env.MODE });
  }
}
export class Box extends DurableObject {}
export default { fetch: (request, env) => env.COUNTER.get(env.COUNTER.idFromName("one")).fetch(request) };
`;

const config = {
  name: "bot",
  main: "index.js",
  compatibility_date: "2026-11-01",
  vars: { MODE: "first" },
  durable_objects: { bindings: [{ name: "COUNTER", class_name: "Counter" }] },
  exports: {
    Counter: { type: "durable-object", storage: "sqlite" },
    Box: { type: "durable-object", storage: "sqlite", container: "bot-box" },
  },
  containers: [
    {
      name: "bot-box",
      class_name: "Box",
      image: `registry.cloudflare.com/${accountId}/box:one`,
      instance_type: "basic",
    },
  ],
  workers_dev: true,
};

describe("wrangler against the loopback Cloudflare", () => {
  let folder: string;
  let runtime: TestRuntime;
  let api: LoopbackCloudflare;

  const start = async () => {
    runtime = await startTestRuntime({ stateDir: path.join(folder, "runtime") });
    const options = { stateDir: path.join(folder, "cloudflare"), accountId, token, log: () => {} };
    api = await startCloudflare({ ...options, runtime: runtime.runtime });
  };
  const stop = async () => {
    await api.close();
    await runtime.stop();
  };
  const deploy = async (changes: Record<string, unknown> = {}) => {
    await fs.writeFile(path.join(folder, "wrangler.json"), JSON.stringify({ ...config, ...changes }));
    const env = { ...process.env, CLOUDFLARE_API_BASE_URL: api.url, CLOUDFLARE_API_TOKEN: token };
    const { stdout } = await promisify(execFile)(process.execPath, [wrangler, "deploy"], {
      cwd: folder,
      env: { ...env, CLOUDFLARE_ACCOUNT_ID: accountId, WRANGLER_SEND_METRICS: "false", CI: "1", HOME: folder },
    });
    return stdout;
  };
  const answer = async () => (await fetch(await runtime.runtime.url("bot"))).json();

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-wrangler-"));
    await fs.writeFile(path.join(folder, "index.js"), code);
    await start();
  });
  afterAll(async () => {
    await stop();
    await fs.rm(folder, { recursive: true, force: true });
  });

  it("deploys a Worker that answers, and its container application", async () => {
    expect(await deploy()).toContain("Created application bot-box");
    expect(await answer()).toEqual({ count: 1, mode: "first" });
  });

  it("replaces it without touching the application or the stored data", async () => {
    expect(await deploy({ vars: { MODE: "second" } })).toContain("no changes bot-box");
    expect(await answer()).toEqual({ count: 2, mode: "second" });
  });

  it("answers again after API and runtime were restarted", async () => {
    await stop();
    await start();
    expect(await answer()).toEqual({ count: 3, mode: "second" });
  });
});
