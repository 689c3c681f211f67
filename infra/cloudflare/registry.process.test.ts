/** The login and the retention of images, as the engine runs them, against a stand-in that is API and registry in one. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, expect, test } from "vitest";
import { type DynamicServer, startDynamicServer } from "../testing/dynamicServer.ts";
import type { Graph } from "../testing/graph.ts";
import { type Answer, type Recorder, startRecorder } from "../testing/recorder.ts";
import { accountId } from "../testing/source.ts";

let graph: Graph;
let server: DynamicServer;
let recorder: Recorder;
/** Host of the stand-in. */
let host: string;

beforeAll(async () => {
  const program = path.join(import.meta.dirname, "..", "testing", "graph.ts");
  graph = JSON.parse((await promisify(execFile)("node", [program], { maxBuffer: 64 * 1024 * 1024 })).stdout);
});
afterEach(async () => {
  server.close();
  await recorder.close();
});

const credentials = "POST /containers/registries/registry.cloudflare.com/credentials";

/** Starts the provider of a resource; `answer` speaks for the API below the account and for the registry below /v2/. */
async function start(resource: string, answer: (what: string) => Answer | undefined): Promise<void> {
  recorder = await startRecorder((what) => {
    const short = what.replace(`/accounts/${accountId}`, "");
    const given = { registry_host: host, username: "v1", password: `p${asked().length}`, account_id: accountId };
    return answer(short) ?? (short === credentials ? { result: given } : {});
  });
  host = recorder.baseUrl.replace("http://", "");
  const text = graph.registered.find(({ name }) => name === resource)?.inputs.__provider;
  server = await startDynamicServer(String(text), { apiBaseUrl: recorder.baseUrl, cloudflareApiToken: "token" });
}

const asked = () =>
  recorder.requests.map(({ method, path: to }) => `${method} ${to.replace(`/accounts/${accountId}`, "")}`);
const push = (build = "b1") => ({ accountId, registry: host, image: `${host}/${accountId}/bot:abc`, build });
const refused: Answer = { status: 401, error: { code: 1, message: "unauthorized" } };

test("a login is asked for when an image is to be pushed, and tried", async () => {
  await start("bot-images-hermes-login", () => undefined);
  const { properties } = await server.create(push());
  expect(asked()).toEqual([credentials, "GET /v2/"]);
  expect(recorder.requests[0]?.body).toEqual({ expiration_minutes: 60, permissions: ["push", "pull"] });
  expect(properties).toMatchObject({ username: "v1", arrived: false });
  expect(await server.diff("id", properties, push())).toMatchObject({ changes: false });
  expect(await server.diff("id", properties, push("b2"))).toMatchObject({ changes: true, replaces: [] });
});

test("a refused login is renewed", async () => {
  let refusals = 1;
  await start("bot-images-hermes-login", (what) => (what === "GET /v2/" && refusals-- > 0 ? refused : undefined));
  await server.create(push());
  expect(asked()).toEqual([credentials, "GET /v2/", credentials, "GET /v2/"]);
});

test("a second refusal names the image and the missing permission, whoever refuses", async () => {
  await start("bot-images-hermes-login", (what) => (what === "GET /v2/" ? refused : undefined));
  const message = new RegExp(`bot:abc cannot be pushed.*\n.*"Workers Containers: Edit" on the account ${accountId}`);
  await expect(server.create(push())).rejects.toThrow(message);
  server.close();
  await recorder.close();
  const denied: Answer = { status: 403, error: { code: 10000, message: "Authentication error" } };
  await start("bot-images-hermes-login", (what) => (what === credentials ? denied : undefined));
  await expect(server.create(push())).rejects.toThrow(message);
});

test("a login whose image never arrived is asked for again by the next up, one that arrived never", async () => {
  let there = false;
  await start("bot-images-hermes-login", (what) =>
    what.startsWith("HEAD /v2/") && !there ? { status: 404 } : undefined,
  );
  const { properties } = await server.create(push());
  const lost = await server.read("id", properties);
  expect((await server.diff("id", lost.properties, push())).changes).toBe(true);
  there = true;
  const arrived = await server.read("id", properties);
  expect(arrived.properties.arrived).toBe(true);
  expect((await server.diff("id", arrived.properties, push())).changes).toBe(false);
  const before = asked().length;
  await server.read("id", arrived.properties);
  expect(asked().length).toBe(before);
});

test("a login that the registry no longer takes does not hide that the image never arrived", async () => {
  const answers = (what: string): Answer | undefined => {
    const renewed = asked().filter((one) => one === credentials).length > 1;
    if (what === "GET /v2/" && asked().length > 2) return refused;
    return what.startsWith("HEAD /v2/") ? (renewed ? { status: 404 } : refused) : undefined;
  };
  await start("bot-images-hermes-login", answers);
  const { properties } = await server.create(push());
  const lost = await server.read("id", properties);
  expect((await server.diff("id", lost.properties, push())).changes).toBe(true);
});

test("an account with another registry is told the setting", async () => {
  const result = { registry_host: "registry.example", username: "v1", password: "p" };
  await start("bot-images-hermes-login", (what) => (what === credentials ? { result } : undefined));
  await expect(server.create(push())).rejects.toThrow("pulumi config set talaria:imageRegistry registry.example");
});
