import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Bundle } from "../bundle.ts";
import { type DynamicServer, startDynamicServer } from "../testing/dynamicServer.ts";
import type { Graph } from "../testing/graph.ts";
import { type Answer, type Recorder, startRecorder } from "../testing/recorder.ts";
import { accountId } from "../testing/source.ts";
import { leaveBundle } from "./bundleFile.ts";

let graph: Graph;
let server: DynamicServer;
let recorder: Recorder;

beforeAll(async () => {
  const program = path.join(import.meta.dirname, "..", "testing", "graph.ts");
  graph = JSON.parse(
    (
      await promisify(execFile)("node", [program, JSON.stringify({ access: { emails: ["me@example.com"] } })], {
        maxBuffer: 64 * 1024 * 1024,
      })
    ).stdout,
  );
});
afterEach(async () => {
  server.close();
  await recorder.close();
});

/** Starts the provider of a resource of the graph against an API that answers like this. */
async function start(resource: string, answer: (what: string, body: unknown) => Answer): Promise<void> {
  recorder = await startRecorder((what, body) => answer(what.replace(`/accounts/${accountId}`, ""), body));
  const text = graph.registered.find(({ name }) => name === resource)?.inputs.__provider;
  server = await startDynamicServer(String(text), { apiBaseUrl: recorder.baseUrl, cloudflareApiToken: "token" });
}

/** The same for the resource that only a stack with Access has. */
const startPlace = (answer: (what: string) => Answer) => start("bot-gate-place", answer);

async function stop(): Promise<void> {
  server.close();
  await recorder.close();
}

/** What was asked, without the account. */
const asked = () =>
  recorder.requests.map(({ method, path: to }) => `${method} ${to.replace(`/accounts/${accountId}`, "")}`);

const application = {
  accountId,
  name: "bot-exec",
  scriptName: "bot",
  className: "ExecBox",
  image: "registry/exec:1",
  instanceType: "basic",
  maxInstances: 4,
  rolloutStep: 100,
  rolloutGraceSeconds: 0,
};
const answered = {
  id: "app-1",
  name: "bot-exec",
  max_instances: 4,
  configuration: { image: "registry/exec:1", memory_mib: 1024 },
};
const applications = "/containers/applications";

test("a container application is created for its class, with logs and room to replace", async () => {
  await start("bot-sandboxes-exec", (what) => ({ result: what.startsWith("POST") ? answered : [] }));
  expect(await server.create(application)).toEqual({ id: "app-1", properties: { ...application, running: [] } });
  expect(asked()).toEqual([`GET ${applications}?name=bot-exec`, `POST ${applications}`]);
  expect(recorder.requests[1]?.body).toMatchObject({
    instances: 0,
    max_instances: 4,
    durable_objects: { script_name: "bot", class_name: "ExecBox" },
    configuration: { image: "registry/exec:1", instance_type: "basic" },
  });
});

test("an application that a half-finished up left behind is adopted and brought up to date", async () => {
  const older = { ...answered, configuration: { image: "registry/exec:0", instance_type: "basic" } };
  await start("bot-sandboxes-exec", (what) => {
    if (what.startsWith(`GET ${applications}?`)) return { result: [] };
    if (what === `POST ${applications}`) {
      const details = { error: "DURABLE_OBJECT_ALREADY_HAS_APPLICATION", details: { name: "bot-exec", id: "app-1" } };
      return { status: 400, error: { code: 1608, message: JSON.stringify(details) } };
    }
    return { result: older };
  });
  expect((await server.create(application)).id).toBe("app-1");
  expect(asked().slice(2)).toEqual([`GET ${applications}/app-1`, `POST ${applications}/app-1/rollouts`]);
  expect(recorder.requests.at(-1)?.body).toMatchObject({
    strategy: "rolling",
    step_percentage: 100,
    target_configuration: { image: "registry/exec:1", instance_type: "basic" },
  });
});

test("an application of the same name is adopted if it runs our class, and refused if it is a stranger's", async () => {
  let script = "bot";
  await start("bot-sandboxes-exec", (what) =>
    what.includes("/namespaces")
      ? { result: [{ id: "ns", script, class: "ExecBox" }] }
      : { result: [{ ...answered, durable_objects: { namespace_id: "ns" } }] },
  );
  expect((await server.create(application)).id).toBe("app-1");
  script = "shop";
  await expect(server.create(application)).rejects.toThrow("belongs to shop, not to bot");
  expect(recorder.requests.every(({ method }) => method === "GET")).toBe(true);
});

test("a change made by hand on an application is drift, a missing one is gone, deleting it again is fine", async () => {
  let there = true;
  await start("bot-sandboxes-exec", (what) =>
    there
      ? { result: what.includes("/instances-v2") ? [] : { ...answered, max_instances: 9 } }
      : { status: 404, error: { code: 1600, message: "not found" } },
  );
  const seen = await server.read("app-1", application);
  expect(seen.inputs).toEqual({ ...application, maxInstances: 9 });
  expect(await server.diff("app-1", seen.properties, application)).toEqual({ changes: true, replaces: [] });
  there = false;
  expect((await server.read("app-1", application)).id).toBe("");
  await server.delete("app-1", application);
});

test("a container that kept another image is drift that a rollout mends, unless one is under way", async () => {
  const old = { id: "c1", image: "registry/exec:0", status: { state: "active" } };
  let application_ = { ...answered, active_rollout_id: "r1" } as object;
  await start("bot-sandboxes-exec", (what) => ({ result: what.includes("/instances-v2") ? [old, old] : application_ }));
  expect((await server.read("app-1", application)).inputs).toEqual(application);
  application_ = answered;
  const seen = await server.read("app-1", application);
  expect(seen.properties.running).toEqual(["registry/exec:0"]);
  expect(seen.inputs).toEqual({ ...application, image: "registry/exec:0" });
  expect((await server.diff("app-1", seen.properties, application)).changes).toBe(true);
  await server.update("app-1", seen.properties, application);
  expect(asked().at(-1)).toBe(`POST ${applications}/app-1/rollouts`);
});

test("a rollout goes in the declared steps, and the grace period changes without one", async () => {
  await start("bot-sandboxes-exec", () => ({}));
  await server.update("app-1", application, { ...application, image: "registry/exec:2", rolloutStep: 25 });
  expect(recorder.requests.at(-1)?.body).toMatchObject({ step_percentage: 25 });
  await server.update("app-1", application, { ...application, rolloutGraceSeconds: 60 });
  expect(asked().at(-1)).toBe(`PATCH ${applications}/app-1`);
  expect(recorder.requests.at(-1)?.body).toEqual({ max_instances: 4, rollout_active_grace_period: 60 });
});

test("another class is another application, another size is a change in place", async () => {
  await start("bot-sandboxes-exec", () => ({}));
  expect(await server.diff("app-1", application, { ...application, className: "CareBox" })).toEqual({
    changes: true,
    replaces: ["className"],
  });
  expect(await server.diff("app-1", application, { ...application, instanceType: "lite" })).toEqual({
    changes: true,
    replaces: [],
  });
  expect(await server.diff("app-1", application, application)).toEqual({ changes: false, replaces: [] });
});

test("a POST is never repeated, a GET is", async () => {
  let failures = 1;
  await start("bot-sandboxes-exec", (what) => {
    if (what.startsWith("GET"))
      return failures-- > 0 ? { status: 502, error: { code: 0, message: "bad gateway" } } : { result: [] };
    return { status: 503, error: { code: 0, message: "busy" } };
  });
  await expect(server.create(application)).rejects.toThrow("503 busy");
  expect(asked().map((line) => line.split(" ")[0])).toEqual(["GET", "GET", "POST"]);
});

const schedule = { accountId, scriptName: "bot", crons: ["*/5 * * * *"] };

test("a schedule is put whole, seen when emptied by hand, and emptied on delete", async () => {
  await start("bot-triggers-schedule", () => ({ result: { schedules: [] } }));
  await server.create(schedule);
  const seen = await server.read("bot/schedules", schedule);
  expect(await server.diff("bot/schedules", seen.properties, schedule)).toEqual({ changes: true, replaces: [] });
  await server.delete("bot/schedules", schedule);
  expect(recorder.requests.map(({ body }) => body)).toEqual([[{ cron: "*/5 * * * *" }], "", []]);
});

const bundle: Bundle = {
  mainModule: "index.js",
  modules: [{ name: "index.js", type: "application/javascript+module", content: "export default {}" }],
  hash: "3d0e6f7c",
};

const upload = {
  accountId,
  scriptName: "bot",
  bindings: {
    AGENT: { type: "durable_object_namespace", class_name: "Agent" },
    REFUSALS: { type: "ratelimit", namespace_id: "7", simple: { limit: 20, period: 60 } },
  },
  secrets: { ADMIN_TOKEN: "hush" },
  classes: { Agent: "" },
  compatibilityDate: "2026-11-01",
  compatibilityFlags: ["nodejs_compat"],
  tags: ["talaria-token-0123456789ab", "talaria-token-ba9876543210"],
  declared: {},
  texts: { "declaration.txt": "{}" },
  allowReplacement: false,
};
const settings = {
  bindings: [
    { name: "AGENT", type: "durable_object_namespace", class_name: "Agent", namespace_id: "ns" },
    {
      name: "REFUSALS",
      type: "ratelimit",
      namespace_id: "7",
      simple: { limit: 20, period: 60, mitigation_timeout: 0 },
    },
    { name: "ADMIN_TOKEN", type: "secret_text" },
  ],
  compatibility_date: "2026-11-01",
  compatibility_flags: ["nodejs_compat"],
  tags: ["talaria-token-ba9876543210", "talaria-token-0123456789ab"], // in no order that the platform promises
};
const version = "11111111-2222-3333-4444-555555555555";

/** An API with the Worker of `upload` on it. */
function withWorker(changes: { settings?: object; live?: string } = {}): (what: string) => Answer {
  return (what) => {
    if (what.startsWith("PUT")) return { result: { deployment_id: version.replaceAll("-", "") } };
    if (what.endsWith("/settings")) return { result: { ...settings, ...changes.settings } };
    if (what.endsWith("/deployments"))
      return { result: { deployments: [{ versions: [{ version_id: changes.live ?? version }] }] } };
    return { result: { subdomain: { url: "bot.someone.workers.dev" } } };
  };
}

test("an upload is taken by its hash, remembers its version and where the Worker answers, and reads back unchanged", async () => {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(JSON.stringify(bundle.modules)).digest("hex");
  await leaveBundle({ ...bundle, hash });
  await start("bot-worker-upload", withWorker());
  const inputs = { ...upload, bundle: hash };
  const made = await server.create(inputs);
  expect(made.properties).toMatchObject({ versionId: version, url: "https://bot.someone.workers.dev" });
  expect(String(recorder.requests[0]?.body)).toContain("export default {}");
  const seen = await server.read("bot", made.properties);
  expect(await server.diff("bot", seen.properties, inputs)).toEqual({ changes: false, replaces: [] });
});

test("a binding, a secret, a tag or a version made by hand is drift that says what it is", async () => {
  const bindings = [
    ...settings.bindings,
    { name: "HAND", type: "plain_text", text: "made" },
    { name: "EXTRA", type: "secret_text" },
  ];
  const tags = ["made-by-hand"];
  await start("bot-worker-upload", withWorker({ settings: { bindings, tags }, live: "other" }));
  const { inputs } = await server.read("bot", { ...upload, bundle: "h", versionId: version, url: "" });
  expect(inputs).toMatchObject({
    bundle: "version other, made outside Pulumi",
    bindings: { HAND: { type: "plain_text", text: "made" } },
    secrets: { ADMIN_TOKEN: "hush", EXTRA: "set outside Pulumi" },
    tags,
  });
});

test("a Worker is never replaced unless that is ordered, and a stranger's is never taken over", async () => {
  await start("bot-worker-upload", (what) => (what.endsWith("/settings") ? { result: { bindings: [] } } : {}));
  const olds = { ...upload, bundle: "h" };
  await expect(server.diff("bot", olds, { ...olds, scriptName: "other" })).rejects.toThrow(
    "everything its Durable Objects store",
  );
  const ordered = await server.diff("bot", olds, { ...olds, scriptName: "other", allowReplacement: true });
  expect(ordered.replaces).toEqual(["scriptName"]);
  expect((await server.check({}, olds)).failures).toEqual([
    { property: "scriptName", reason: expect.stringContaining("Talaria did not make it") },
  ]);
});

const place = { accountId, scriptName: "bot" };
const missing: Answer = { status: 404, error: { code: 10007, message: "This Worker does not exist on your account." } };
const kept = { bindings: [{ name: "TALARIA_PLACE", type: "plain_text", text: "kept for the bot" }] };

test("a place is kept by an empty Worker, which goes with it; a Worker that is there is left alone", async () => {
  await startPlace((what) => (what.startsWith("GET") ? missing : {}));
  expect((await server.create(place)).id).toBe("bot");
  expect(asked()[1]).toContain("PUT /workers/scripts/bot?");
  expect((await server.read("bot", place)).id).toBe("");
  await stop();

  await startPlace((what) => (what.startsWith("GET") ? { result: kept } : {}));
  await server.delete("bot", place);
  expect(asked()[1]).toBe("DELETE /workers/scripts/bot");
  await stop();

  await startPlace((what) => (what.startsWith("GET") ? { result: settings } : {}));
  expect((await server.create(place)).id).toBe("bot");
  expect((await server.read("bot", place)).id).toBe("bot");
  await server.delete("bot", place);
  expect(new Set(asked())).toEqual(new Set(["GET /workers/scripts/bot/settings"]));
});

test("the bot's code takes the place that was kept for it", async () => {
  await start("bot-worker-upload", (what) => (what.endsWith("/settings") ? { result: kept } : {}));
  expect((await server.check({}, { ...upload, bundle: "h" })).failures).toEqual([]);
});

const claim = {
  accountId,
  bucket: "bot-snapshots",
  jurisdiction: "default",
  adopted: false,
  kept: true,
  allowReplacement: false,
};

test("a bucket that exists is explained before anything is made, and swapped only when ordered", async () => {
  await start("bot-snapshots-claim", () => ({ result: { name: "bot-snapshots" } }));
  expect((await server.check({}, claim)).failures[0]?.reason).toContain(
    "pulumi config set --path talaria:snapshots.bucket bot-snapshots",
  );
  expect((await server.check({}, { ...claim, adopted: true })).failures).toEqual([]);
  await expect(server.diff("x", claim, { ...claim, bucket: "other" })).rejects.toThrow("would start without them");
});

const secret = { version: 1, overlapSeconds: 3600, prefix: "talaria-admin-" };

test("a secret keeps its value until its version changes, and then its previous one for a while", async () => {
  await start("bot-worker-secrets-adminToken", () => ({}));
  const made = await server.create(secret);
  const { current } = made.properties;
  expect(current).toMatch(/^talaria-admin-[\w-]{43}$/);
  expect(await server.diff("x", made.properties, secret)).toEqual({ changes: false, replaces: [] });
  const kept = await server.update("x", made.properties, { ...secret, overlapSeconds: 60 });
  expect(kept.properties.current).toBe(current);
  const rotated = JSON.parse(
    String((await server.update("x", made.properties, { ...secret, version: 2 })).properties.value),
  );
  expect(rotated.previous).toBe(current);
  expect(rotated.current).not.toBe(current);
  expect(Date.parse(rotated.previousUntil)).toBeGreaterThan(Date.now());
  expect(recorder.requests).toEqual([]);
});

test("an overlap keeps its end until the version changes", async () => {
  await start("bot-snapshots-token-overlap", () => ({}));
  const first = { version: 1, seconds: 60 };
  const made = await server.create(first);
  expect(String(made.properties.until)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(await server.diff("overlap", made.properties, first)).toEqual({ changes: false, replaces: [] });
  const longer = await server.update("overlap", made.properties, { version: 1, seconds: 3600 });
  expect(longer.properties.until).toBe(made.properties.until);
  const next = await server.update("overlap", made.properties, { version: 2, seconds: 3600 });
  expect(Date.parse(String(next.properties.until))).toBeGreaterThan(Date.parse(String(made.properties.until)));
});
