import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  accountId,
  aLoopback,
  anUpload,
  image,
  type Loopback,
  token,
} from "../../local/cloudflare/testing/loopback.ts";
import { type DynamicServer, startDynamicServer } from "../testing/dynamicServer.ts";
import type { Graph } from "../testing/graph.ts";

let text: string;
let cloudflare: Loopback;
let server: DynamicServer;

beforeAll(async () => {
  const program = path.join(import.meta.dirname, "..", "testing", "graph.ts");
  const { stdout } = await promisify(execFile)("node", [program, "{}"], { maxBuffer: 64 * 1024 * 1024 });
  const graph: Graph = JSON.parse(stdout);
  text = String(graph.registered.find(({ name }) => name === "bot-sandboxes-hermes")?.inputs.__provider);
});
beforeEach(async () => {
  cloudflare = await aLoopback();
  await cloudflare.send("PUT", "/workers/scripts/bot", anUpload());
  server = await startDynamicServer(text, { apiBaseUrl: cloudflare.url, cloudflareApiToken: token });
});
afterEach(async () => {
  server.close();
  await cloudflare.close();
});

const named = {
  ...{ accountId, name: "bot-box", scriptName: "bot", className: "Box", image: image("one") },
  ...{ instanceType: "standard-1", maxInstances: 2, rolloutStep: 100, rolloutGraceSeconds: 0 },
};
const own = { ...named, instanceType: { vcpu: 1, memoryGib: 4, diskGb: 8 } };

test("a container application goes from a named size to one of its own and back, and a size set by hand is drift", async () => {
  const { id } = await server.create(named);
  const application = `/containers/applications/${id}`;
  const rollouts = async () => (await cloudflare.send("GET", `${application}/rollouts`)).result as unknown[];
  const configuration = async () => (await cloudflare.send("GET", application)).result;
  const sizedLike = (vcpu: number) => ({ configuration: { vcpu, memory_mib: 4096, disk: { size_mb: 8000 } } });

  // The state of a stack of before there were sizes of one's own: nothing changes.
  const seen = await server.read(id, named);
  expect(seen.inputs).toEqual(named);
  expect(await server.diff(id, seen.properties, named)).toEqual({ changes: false, replaces: [] });

  expect(await server.diff(id, seen.properties, own)).toEqual({ changes: true, replaces: [] });
  await server.update(id, seen.properties, own);
  expect(await rollouts()).toHaveLength(1);
  expect(await configuration()).toMatchObject(sizedLike(1));
  expect(cloudflare.runtime.memories.get("bot.Box")).toBe(4096);
  const after = await server.read(id, own);
  expect(after.inputs).toEqual(own);
  expect(await server.diff(id, after.properties, own)).toEqual({ changes: false, replaces: [] });

  const target = { image: image("one"), vcpu: 1, memory_mib: 4096, disk: { size_mb: 6000 } };
  const body = { description: "by hand", strategy: "rolling", step_percentage: 100, target_configuration: target };
  await cloudflare.send("POST", `${application}/rollouts`, body);
  const drifted = await server.read(id, own);
  expect(drifted.inputs).toEqual({ ...own, instanceType: { vcpu: 1, memoryGib: 4, diskGb: 6 } });
  expect((await server.diff(id, drifted.properties, own)).changes).toBe(true);

  await server.update(id, drifted.properties, named);
  expect(await rollouts()).toHaveLength(3);
  expect(await configuration()).toMatchObject(sizedLike(0.5));
  expect((await server.read(id, named)).inputs).toEqual(named);
});

test("an application may begin with a size of its own", async () => {
  const { id } = await server.create(own);
  expect((await cloudflare.send("GET", `/containers/applications/${id}/rollouts`)).result).toEqual([]);
  expect((await server.read(id, own)).inputs).toEqual(own);
});
