import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "./testing/graph.ts";
import { accountId, aTelegram } from "./testing/source.ts";

const secretMark = "4dabf18193072939515e22adb298388d";
let graph: Graph;

/** Registers a bot with this configuration and keeps the outcome for the assertions. */
async function deploy(changes: Record<string, unknown> = {}): Promise<void> {
  const program = path.join(import.meta.dirname, "testing", "graph.ts");
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)("node", [program, JSON.stringify(changes)], options);
  graph = JSON.parse(stdout);
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && secretMark in value;
}

const inputsOf = (name: string) => graph.registered.find((resource) => resource.name === name)?.inputs ?? {};
const names = (type: string) =>
  graph.registered.filter((resource) => resource.type.endsWith(type)).map(({ name }) => name);

describe("a bot of the least configuration", () => {
  beforeAll(async () => {
    await deploy();
  });

  test("answers on workers.dev", () => {
    expect(graph.url).toBe("https://talaria-dev.someone.workers.dev");
    expect(inputsOf("bot-triggers-workers-dev")).toMatchObject({ enabled: true, previewsEnabled: false });
    expect(names("WorkersCustomDomain")).toEqual([]);
  });

  test("has three container applications with room for replacement", () => {
    expect(inputsOf("bot-sandboxes-hermes")).toMatchObject({
      className: "AgentBox",
      maxInstances: 2,
      instanceType: "standard-1",
    });
    expect(inputsOf("bot-sandboxes-exec")).toMatchObject({
      className: "ExecBox",
      maxInstances: 7,
      instanceType: "basic",
    });
    expect(inputsOf("bot-sandboxes-care")).toMatchObject({ className: "CareBox", maxInstances: 2 });
  });

  test("names everything physical from project and stack", () => {
    expect(inputsOf("bot-snapshots-bucket").name).toBe("talaria-dev-snapshots");
    expect(inputsOf("bot-worker-upload").scriptName).toBe("talaria-dev");
    expect(inputsOf("bot-images-hermes").imageName).toMatch(
      new RegExp(`^registry.cloudflare.com/${accountId}/talaria-dev-hermes:[0-9a-f]{20}$`),
    );
  });

  test("builds two images for Cloudflare's only platform and runs them by digest, Care on the one of Hermes", () => {
    expect(names("image:Image").sort()).toEqual(["bot-images-exec", "bot-images-hermes"]);
    const { build, registry } = inputsOf("bot-images-hermes") as { build: Record<string, unknown>; registry: unknown };
    expect(build).toMatchObject({
      context: "../container",
      dockerfile: "../container/hermes/Dockerfile",
      platform: "linux/amd64",
    });
    expect(build.args).toMatchObject({ EXTRAS: "mcp,cron,anthropic,slack", CODEX_CLI: "false" });
    expect(JSON.stringify(registry)).toContain("short-lived");
    for (const one of ["hermes", "exec", "care"]) {
      expect(inputsOf(`bot-sandboxes-${one}`).image).toMatch(/@sha256:1{64}$/);
    }
  });

  test("tells the Worker the tag that a container of each image reports", () => {
    const texts = inputsOf("bot-worker-upload").texts as Record<string, string>;
    const declaration = JSON.parse(texts["declaration.txt"] ?? "{}");
    const { imageName, build } = inputsOf("bot-images-hermes") as {
      imageName: string;
      build: { args: Record<string, string> };
    };
    expect(build.args.TALARIA_IMAGE).toBe(imageName);
    expect(imageName.endsWith(`:${declaration.tags.hermes}`)).toBe(true);
    expect(declaration.tags.care).toBe(declaration.tags.hermes);
    expect(declaration.images.care).toBe(declaration.images.hermes);
  });

  test("gives the Worker every secret as a secret, and nothing else secret", () => {
    const { secrets, ...plain } = inputsOf("bot-worker-upload");
    expect(isSecret(secrets)).toBe(true); // the mocks mark the record as a whole
    expect(Object.keys((secrets as { value: object }).value).sort()).toEqual([
      "ADMIN_TOKEN",
      "ANTHROPIC_API_KEY",
      "API_SERVER_KEY",
      "CLIENT_TOKEN",
      "REPOSITORY_PASSWORD",
      "SESSION_KEY",
    ]);
    expect(JSON.stringify(plain)).not.toContain(secretMark);
    expect(JSON.stringify(plain)).not.toContain("sk-ant");
  });

  test("counts refused credentials in a namespace of its own", () => {
    const { REFUSALS } = inputsOf("bot-worker-upload").bindings as Record<string, unknown>;
    expect(REFUSALS).toEqual({
      type: "ratelimit",
      namespace_id: expect.stringMatching(/^[1-9]\d*$/),
      simple: { limit: 20, period: 60 },
    });
  });

  test("keeps the API token out of every dynamic resource", () => {
    const dynamic = graph.registered.filter(({ type }) => type.startsWith("pulumi-nodejs:"));
    expect(dynamic.length).toBe(14);
    for (const { inputs } of dynamic) expect(JSON.stringify(inputs)).not.toContain("t".repeat(40));
    expect(isSecret(inputsOf("cloudflare").apiToken)).toBe(true);
  });

  test("makes a recovery key that only reads this one bucket", () => {
    expect(inputsOf("bot-snapshots-token").policies).toEqual([
      {
        effect: "allow",
        permissionGroups: [{ id: "read-group" }],
        resources: JSON.stringify({
          [`com.cloudflare.edge.r2.bucket.${accountId}_default_talaria-dev-snapshots`]: "*",
        }),
      },
    ]);
    expect(graph.recovery).toEqual({
      repository: `s3:https://${accountId}.r2.cloudflarestorage.com/talaria-dev-snapshots`,
      endpoint: `https://${accountId}.r2.cloudflarestorage.com`,
      bucket: "talaria-dev-snapshots",
      jurisdiction: "default",
      apiBaseUrl: "https://api.cloudflare.com/client/v4",
      accountId,
      passwordKey: "talaria:repositoryPassword",
      accessKeyId: "bot-snapshots-token-id",
      secretAccessKey: "e6c02a5742ea9d4de588eb9b9de7bed43dc17011552186bed3e98b2c5958ff4a",
    });
  });

  test("ends with the step that waits for the bot, told where and as whom", () => {
    const { create, dir, environment } = inputsOf("bot-converge-wait");
    expect({ create, dir }).toEqual({ create: "./talaria converge", dir: ".." });
    expect(JSON.stringify(environment)).toContain("TALARIA_URL");
    expect(JSON.stringify(environment)).toContain(secretMark);
  });
});

describe("what a stack may choose", () => {
  test("a hostname closes workers.dev and becomes the address", async () => {
    await deploy({ hostname: "bot.example.com" });
    expect(graph.url).toBe("https://bot.example.com");
    expect(inputsOf("bot-triggers-workers-dev").enabled).toBe(false);
    expect(inputsOf("bot-triggers-domain")).toMatchObject({
      hostname: "bot.example.com",
      service: "talaria-dev",
      zoneId: "z",
    });
  });

  test("the Worker is told the dashboard's hostname and whose pages may ask", async () => {
    await deploy({ dashboard: { hostname: "hermes.example.com" }, corsOrigins: ["https://chat.example.com"] });
    const texts = inputsOf("bot-worker-upload").texts as Record<string, string>;
    expect(JSON.parse(texts["declaration.txt"] ?? "")).toMatchObject({
      dashboard: { hostname: "hermes.example.com" },
      corsOrigins: ["https://chat.example.com"],
    });
  });

  test("an AI Gateway is made with a token that only passes it, which the Worker alone gets", async () => {
    await deploy();
    expect(names("AiGateway")).toEqual([]);
    const limits = { requestsPerMinute: 100, dollarsPerDay: 5 };
    await deploy({ aiGateway: { enabled: true, cacheSeconds: 60, ...limits, onFailure: "direct" } });
    expect(inputsOf("bot-models-gateway")).toMatchObject({
      ...{ aiGatewayId: "talaria-dev-models", authentication: true, collectLogs: false, cacheTtl: 60 },
      ...{ rateLimitingInterval: 60, rateLimitingLimit: 100, rateLimitingTechnique: "sliding" },
      spendLimits: { enabled: true, rules: [{ limit: 5, limitType: "cost", window: 86_400, technique: "fixed" }] },
    });
    const [policy] = inputsOf("bot-models-token").policies as { permissionGroups: unknown[]; resources: string }[];
    expect(policy?.permissionGroups).toEqual([{ id: "run-group" }]);
    expect(JSON.parse(policy?.resources ?? "")).toEqual({ [`com.cloudflare.api.account.${accountId}`]: "*" });
    const { texts, secrets } = inputsOf("bot-worker-upload") as Record<string, Record<string, unknown>>;
    expect(JSON.parse(String(texts?.["declaration.txt"]))).toMatchObject({
      aiGateway: {
        url: `https://gateway.ai.cloudflare.com/v1/${accountId}/talaria-dev-models`,
        ...{ logs: false, caches: true, onFailure: "direct" },
      },
    });
    expect(isSecret(secrets) || isSecret(secrets?.AI_GATEWAY_TOKEN)).toBe(true);
    expect(inputsOf("bot-worker-upload").declared).toMatchObject({
      ...{ "aiGateway.onFailure": '"direct"', "aiGateway.caches": "true" },
    });
  });

  test("a preview tells of caps and prices in the stack's own dollars", async () => {
    await deploy({ spend: { perDay: "5", prices: { "openai/gpt-9.1": { input: 1.25, output: 10 } } } });
    const { declared } = inputsOf("bot-worker-upload") as Record<string, Record<string, string>>;
    const told = Object.entries(declared ?? {}).filter(([path]) => path.startsWith("spend"));
    expect(Object.fromEntries(told)).toEqual({
      ...{ "spend.perDay": "5", "spend.unknownPrice": '"refuse"' },
      ...{ "spend.prices.openai/gpt-9.1.input": "1.25", "spend.prices.openai/gpt-9.1.output": "10" },
    });
  });

  test("without Access nothing of it exists", async () => {
    await deploy();
    expect(graph.registered.filter(({ type }) => /ZeroTrust|AccessGate|WorkerPlace/.test(type))).toEqual([]);
    const texts = inputsOf("bot-worker-upload").texts as Record<string, string>;
    expect(JSON.parse(texts["declaration.txt"] ?? "")).not.toHaveProperty("access");
    expect(JSON.stringify(inputsOf("bot-converge-wait"))).not.toContain("TALARIA_ACCESS");
  });

  test("Access stands before the operator's paths on workers.dev, whose Worker it makes first", async () => {
    const group = "12345678-1234-1234-1234-1234567890ab";
    await deploy({ access: { emails: ["me@example.com"], domains: ["example.org"], groups: [group] } });
    expect(names("WorkerPlace")).toEqual(["bot-gate-place"]);
    expect(inputsOf("bot-gate-operators")).toMatchObject({
      type: "self_hosted",
      sessionDuration: "24h",
      destinations: ["api", "console", "dashboard"].map((path) => ({
        type: "public",
        uri: `talaria-dev.someone.workers.dev/${path}`,
      })),
      policies: [
        { id: "bot-gate-people-id", precedence: 1 },
        { id: "bot-gate-programs-id", precedence: 2 },
      ],
    });
    expect(inputsOf("bot-gate-people")).toMatchObject({
      decision: "allow",
      includes: [
        { email: { email: "me@example.com" } },
        { emailDomain: { domain: "example.org" } },
        { group: { id: group } },
      ],
    });
    expect(inputsOf("bot-gate-programs")).toMatchObject({
      decision: "non_identity",
      includes: [{ serviceToken: { tokenId: "bot-gate-token-id" } }],
    });
    const texts = inputsOf("bot-worker-upload").texts as Record<string, string>;
    expect(JSON.parse(texts["declaration.txt"] ?? "").access).toEqual({
      issuer: "https://team.cloudflareaccess.com",
      audiences: ["aud-of-the-application"],
    });
    const { environment } = inputsOf("bot-converge-wait");
    expect(environment).toHaveProperty("value.TALARIA_ACCESS_CLIENT_ID", "id.access");
    expect(isSecret(environment)).toBe(true);
  });

  test("Access covers hostnames of one's own, the dashboard's as a whole", async () => {
    const dashboard = { hostname: "hermes.example.com" };
    await deploy({ hostname: "bot.example.com", dashboard, access: { emails: ["me@example.com"] } });
    expect(names("WorkerPlace")).toEqual([]);
    const uris = (name: string) => (inputsOf(name).destinations as { uri: string }[]).map(({ uri }) => uri);
    expect(uris("bot-gate-operators")).toEqual(["api", "console", "dashboard"].map((one) => `bot.example.com/${one}`));
    expect(uris("bot-gate-dashboard")).toEqual(["hermes.example.com"]);
    expect(inputsOf("bot-triggers-dashboard")).toMatchObject({ hostname: "hermes.example.com", zoneId: "dz" });
  });

  test("Access for programs alone has no policy for people", async () => {
    await deploy({ access: { serviceTokens: ["12345678-1234-1234-1234-1234567890ab"] } });
    expect(names("ZeroTrustAccessPolicy")).toEqual(["bot-gate-programs"]);
  });

  test("a rotation leaves the credential before it valid for the overlap", async () => {
    const access = { emails: ["me@example.com"] };
    await deploy({ access });
    expect(names("AccountToken")).toEqual(["bot-snapshots-token"]);
    expect(inputsOf("bot-gate-token")).not.toHaveProperty("clientSecretVersion");
    await deploy({ access, secretVersions: { r2Token: 3, serviceToken: 2 } });
    const until = "2026-11-22T00:00:00Z";
    expect(names("AccountToken").sort()).toEqual(["bot-snapshots-token-2", "bot-snapshots-token-3"]);
    expect(inputsOf("bot-snapshots-token-2")).toMatchObject({ name: "talaria-dev-recovery-2", expiresOn: until });
    expect(inputsOf("bot-snapshots-token-3")).not.toHaveProperty("expiresOn");
    expect(graph.recovery).toMatchObject({ accessKeyId: "bot-snapshots-token-3-id" });
    expect(inputsOf("bot-gate-token")).toMatchObject({ clientSecretVersion: 2, previousClientSecretExpiresAt: until });
  });

  test("an adopted bucket is used, not made", async () => {
    await deploy({ snapshots: { bucket: "kept-bucket" }, deleteSnapshots: "true" });
    expect(names("R2Bucket")).toEqual([]);
    expect(inputsOf("bot-snapshots-claim")).toMatchObject({ bucket: "kept-bucket", adopted: true, kept: true });
    expect(JSON.stringify(inputsOf("bot-worker-upload").bindings)).toContain("kept-bucket");
  });

  test("a prebuilt image takes the place of the stack's own", async () => {
    const exec = `docker.io/library/exec@sha256:${"e".repeat(64)}`;
    await deploy({ images: { exec } });
    expect(inputsOf("bot-sandboxes-exec").image).toBe(exec);
    expect(names("image:Image")).toEqual(["bot-images-hermes"]);
  });

  test("prebuilt images need neither Docker nor a login", async () => {
    const digest = `@sha256:${"e".repeat(64)}`;
    await deploy({ images: { exec: `docker.io/x/exec${digest}`, hermes: `docker.io/x/hermes${digest}` } });
    expect(names("image:Image")).toEqual([]);
    expect(names("RegistryLogin")).toEqual([]);
    expect(inputsOf("bot-sandboxes-care").image).toBe(`docker.io/x/hermes${digest}`);
  });

  test("a size of its own is the application's, the Worker's, and one line of a preview", async () => {
    const own = { vcpu: 1, memoryGib: 4, diskGb: 8 };
    await deploy({ sizes: { hermes: own } });
    expect(inputsOf("bot-sandboxes-hermes").instanceType).toEqual(own);
    const { texts, declared } = inputsOf("bot-worker-upload") as Record<string, Record<string, string>>;
    expect(JSON.parse(texts?.["declaration.txt"] ?? "{}").sizes).toEqual({
      ...{ hermes: own, exec: "basic", care: "standard-1" },
    });
    const leaves = { "sizes.hermes": '"1 vCPU, 4 GiB, 8 GB"', "sizes.exec": '"basic"', "sizes.care": '"standard-1"' };
    expect(declared).toMatchObject(leaves);
    expect(Object.keys(declared ?? {}).filter((path) => path.startsWith("sizes.")).length).toBe(3);
  });

  test("the process engine builds nothing and names programs", async () => {
    await deploy({ engine: "process", apiBaseUrl: "http://127.0.0.1:1/client/v4" });
    expect(names("image:Image")).toEqual([]);
    expect(inputsOf("bot-sandboxes-hermes").image).toBe(
      `registry.cloudflare.com/${accountId}/talaria-dev-hermes:0.1.0`,
    );
  });

  test("another image of Hermes there is Care's, too, and leaves that of the commands alone", async () => {
    const hermes = `registry.cloudflare.com/${accountId}/x@sha256:${"2".repeat(64)}`;
    await deploy({ engine: "process", apiBaseUrl: "http://127.0.0.1:1/client/v4", images: { hermes } });
    expect(["hermes", "care"].map((one) => inputsOf(`bot-sandboxes-${one}`).image)).toEqual([hermes, hermes]);
    expect(inputsOf("bot-sandboxes-exec").image).toMatch(/talaria-dev-exec:0\.1\.0$/);
  });

  test("packages reach the image that they are for, a rollout its pace", async () => {
    await deploy({
      extraPackages: ["jq"],
      agent: { extraPythonPackages: ["pandas==2.3.1"] },
      codexCli: "true",
      ...aTelegram,
      rollout: { step: 25, gracePeriod: 60 },
    });
    const args = (image: string) => (inputsOf(`bot-images-${image}`).build as { args: Record<string, string> }).args;
    expect(args("exec")).toMatchObject({ EXTRA_PACKAGES: "jq", EXTRA_PYTHON_PACKAGES: "" });
    expect(args("hermes")).toMatchObject({
      EXTRA_PACKAGES: "",
      EXTRA_PYTHON_PACKAGES: "pandas==2.3.1",
      CODEX_CLI: "true",
      EXTRAS: "mcp,cron,anthropic,messaging",
    });
    expect(inputsOf("bot-sandboxes-exec")).toMatchObject({ rolloutStep: 25, rolloutGraceSeconds: 60 });
  });
});
