/** One system, and what Pulumi makes of it: nothing without a change, drift found and mended, stacks side by side, destroy. */
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { checkout } from "../local/paths.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { OwnStack } from "./ownStack.ts";
import { secretsSaid } from "./secretScan.ts";

const kept = "talaria-local-snapshots";
const noChanges = ["preview", "--expect-no-changes"];
const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

let local: LocalSystem;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local?.stop());

describe("a deployed stack", () => {
  it("has nothing to change (I8)", async () => {
    mustPass(await local.pulumi(noChanges));
  });

  it("says in the comment of a pull request what a month would cost, and the difference to what is deployed", async () => {
    const scripts = path.join(checkout, ".github", "scripts");
    const plan = path.join(local.stateDir, "plan.txt");
    const changed = [
      ["talaria:sleepAfter", "never"],
      ["--path", "talaria:sizes.hermes", "basic"],
    ];
    for (const words of changed) mustPass(await local.pulumi(["config", "set", ...words]));
    mustPass(await local.commands.exec(path.join(scripts, "preview.sh"), ["local", plan], {}));
    const { stdout } = mustPass(await local.commands.exec(path.join(scripts, "plan-comment.sh"), ["local", plan], {}));
    for (const words of changed) mustPass(await local.pulumi(["config", "rm", ...words.slice(0, -1)]));
    const [above = "", below = ""] = stdout.split("<details>");
    expect(above).toMatch(
      /\n\nCloudflare would charge about \$\d+\.\d\d a month, .* awake 24 hours: an estimate by its prices/,
    );
    expect(above).toMatch(/\nAgainst what is deployed: a month's cost \$\d+\.\d\d → \$\d+\.\d\d, \$\d+\.\d\d more: /);
    expect(below).toContain('sizes.hermes "standard-1" → "basic": replaces the container (size)');
  });

  it("names in a plain preview what was changed by hand, and mends it by up (I9)", async () => {
    const schedules = "workers/scripts/talaria-local/schedules";
    succeeded(await local.cloudflare("PUT", schedules, []));
    const settings = new FormData();
    settings.set("settings", JSON.stringify({ bindings: [{ type: "plain_text", name: "MODE", text: "by-hand" }] }));
    succeeded(await local.cloudflare("PATCH", "workers/scripts/talaria-local/settings", settings));
    const application = await applicationId("talaria-local-exec");
    succeeded(await local.cloudflare("PATCH", `containers/applications/${application}`, { max_instances: 3 }));
    succeeded(await local.cloudflare("DELETE", `r2/buckets/${kept}`));

    const { output } = mustPass(await local.pulumi(["preview", "--diff"]));
    expect(output).toMatch(/WorkerSchedule: \(update\)[^(]*"\*\/5 \* \* \* \*"/);
    expect(output).toMatch(/WorkerUpload: \(update\)/);
    expect(output).toMatch(/- MODE .*: \{\s*- text: "by-hand"/);
    expect(output).toMatch(/ContainerApplication: \(update\)[^(]*maxInstances *: 3 => \d/);
    expect(output).toMatch(/R2Bucket: \(create\)[^(]*talaria-local-snapshots/);

    mustPass(await local.pulumi(up));
    expect((await local.cloudflare("GET", schedules)).result).toMatchObject({ schedules: [{ cron: "*/5 * * * *" }] });
    expect(await bindingNames("talaria-local")).toEqual(expect.arrayContaining(["AGENT", "SNAPSHOTS", "ADMIN_TOKEN"]));
    expect(await bindingNames("talaria-local")).not.toContain("MODE");
    expect(await inventory()).toMatchObject({ buckets: [kept] });
    mustPass(await local.pulumi(noChanges));
    await chats("local");
  });
});

describe("a second stack", () => {
  it("lives beside the first with nothing shared, and its end leaves the first alone", async () => {
    const before = await inventory();
    mustPass(await local.pulumi(up, { stack: "local-second" }));
    const second = await local.commands.outputs("local-second");
    expect(second.url).not.toBe(local.url);
    expect(second.adminToken).not.toBe(local.adminToken);
    expect((await fetch(`${local.url}/health`)).status).toBe(200);
    expect((await fetch(`${second.url}/health`)).status).toBe(200);
    await chats("local");
    await chats("local-second");
    const foreign = await local.api("/api/status", { headers: { authorization: `Bearer ${second.adminToken}` } });
    expect(foreign.status).toBe(401);

    const both = await inventory();
    for (const [kind, names] of Object.entries(both)) {
      const added = names.filter((name) => !before[kind]?.includes(name));
      expect(added.length, kind).toBe(before[kind]?.length);
      for (const name of added) expect(name).toMatch(/^talaria-local-second/);
    }

    mustPass(await local.pulumi(destroy, { stack: "local-second" }));
    expect(await inventory()).toEqual({ ...before, buckets: ["talaria-local-second-snapshots", kept] });
    await chats("local");
    succeeded(await local.cloudflare("DELETE", "r2/buckets/talaria-local-second-snapshots"));
  });
});

describe.each([
  { stack: "dev", leaves: [] },
  { stack: "prod", leaves: ["talaria-prod-snapshots"] },
])("the committed stack $stack", ({ stack, leaves }) => {
  it("is previewed, deployed, found without change and destroyed, given only address, account, images and secrets", async () => {
    const before = await inventory();
    const secrets = {
      cloudflareApiToken: local.apiToken,
      repositoryPassword: `the repository password of ${stack}`,
      anthropicApiKey: `sk-ant-of-${stack}-0123456789`,
    };
    // By digest, so that nothing is built: the stack's own images are tested on Docker.
    const image = (name: string) =>
      `registry.cloudflare.com/${local.accountId}/talaria-${stack}-${name}@sha256:${"0".repeat(64)}`;
    const images = { hermes: image("hermes"), exec: image("exec") };
    const plain = { apiBaseUrl: local.apiUrl, accountId: local.accountId, images };
    const own = await OwnStack.create(stack, local.stateDir, { plain, secrets });

    const preview = mustPass(await own.pulumi(["preview"]));
    expect(preview.output).toMatch(/\+ \d+ to create/);
    expect(await inventory()).toEqual(before);
    const created = mustPass(await own.pulumi(up));
    expect((await inventory()).workers).toContain(`talaria-${stack}`);
    mustPass(await own.pulumi(noChanges));
    const outputs = await own.outputs();
    expect((await fetch(`${outputs.url}/health`)).status).toBe(200);
    expect(secretsSaid(preview.output + created.output, Object.values(secrets))).toEqual([]);

    mustPass(await own.pulumi(destroy));
    expect(await inventory()).toEqual({ ...before, buckets: [...before.buckets, ...leaves].sort() });
    for (const bucket of leaves) succeeded(await local.cloudflare("DELETE", `r2/buckets/${bucket}`));
  });
});

describe("the end of a stack", () => {
  it("has shown no secret on the screen, in the log of requests or in the daemon's log (I7)", async () => {
    const secrets = await local.commands.secrets(["local"]);
    for (const kind of ["admin", "client", "hermes", "session"]) {
      expect([...secrets].some((secret) => secret.startsWith(`talaria-${kind}-`))).toBe(true);
    }
    const { recovery } = z
      .looseObject({ recovery: z.object({ secretAccessKey: z.string() }) })
      .parse(await local.commands.outputs("local"));
    const password = await fs.readFile(path.join(local.stateDir, "repository-password-local"), "utf8");
    const known = [local.apiToken, recovery.secretAccessKey, password.trim()];
    expect(known.filter((secret) => !secrets.has(secret))).toEqual([]);
    expect(await local.commands.leaks(secrets)).toEqual([]);
    const requests = await fs.readFile(path.join(local.stateDir, "cloudflare", "requests.jsonl"), "utf8");
    expect(requests).toContain("/workers/scripts/talaria-local"); // so there was something to look at
  });

  it("leaves only the bucket, and says so with what to do about it", async () => {
    const { output } = mustPass(await local.pulumi(destroy));
    expect(output).toContain(`The bucket ${kept} is kept, with the snapshots in it.`);
    expect(output).toContain(`pulumi config set --path talaria:snapshots.bucket ${kept}`);
    expect(await inventory()).toEqual({ workers: [], applications: [], tokens: [], namespaces: [], buckets: [kept] });
    await expect(fetch(`${local.url}/health`)).rejects.toThrow();
    expect(await local.folders()).toHaveLength(1); // the engine's own
  });

  it("explains the bucket in the way of the next up, and adopts it by one line", async () => {
    const refused = await local.pulumi(up);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(`the bucket ${kept} exists in this account already`);
    const line = `config set --path talaria:snapshots.bucket ${kept}`;
    expect(refused.output).toContain(`pulumi ${line}`);
    expect((await inventory()).workers).toEqual([]);

    mustPass(await local.pulumi(line.split(" ")));
    mustPass(await local.pulumi(up));
    mustPass(await local.pulumi(noChanges));
    await chats("local");
    mustPass(await local.pulumi(destroy));
    expect((await inventory()).buckets).toEqual([kept]);
  });
});

function succeeded({ success, errors }: { readonly success: boolean; readonly errors: unknown }): void {
  expect(success, JSON.stringify(errors)).toBe(true);
}

/** One answer through `./talaria`, which finds the stack by its outputs. */
async function chats(stack: string): Promise<void> {
  const { output } = mustPass(await local.talaria(["chat", "--no-stream", `hello ${stack}`, "--stack", stack]));
  expect(output).toContain(`echo: hello ${stack}`);
}

const named = z.looseObject({ name: z.string() });
const lists = {
  workers: ["workers/scripts", z.array(z.looseObject({ id: z.string() })).transform((all) => all.map(({ id }) => id))],
  applications: ["containers/applications", z.array(named).transform((all) => all.map(({ name }) => name))],
  tokens: ["tokens", z.array(named).transform((all) => all.map(({ name }) => name))],
  namespaces: ["workers/durable_objects/namespaces", z.array(named).transform((all) => all.map(({ name }) => name))],
  buckets: [
    "r2/buckets",
    z.object({ buckets: z.array(named) }).transform(({ buckets }) => buckets.map(({ name }) => name)),
  ],
} as const;

/** Names of everything in the account, by kind. */
async function inventory(): Promise<Record<string, string[]> & { buckets: string[] }> {
  const kinds = await Promise.all(
    Object.entries(lists).map(async ([kind, [route, schema]]): Promise<[string, string[]]> => {
      const { result } = await local.cloudflare("GET", route);
      return [kind, schema.parse(result).sort()];
    }),
  );
  return { buckets: [], ...Object.fromEntries(kinds) };
}

async function applicationId(name: string): Promise<string> {
  const { result } = await local.cloudflare("GET", "containers/applications");
  const all = z.array(z.looseObject({ id: z.string(), name: z.string() })).parse(result);
  const found = all.find((application) => application.name === name);
  if (found === undefined) throw new Error(`no application is called ${name}`);
  return found.id;
}

async function bindingNames(worker: string): Promise<string[]> {
  const { result } = await local.cloudflare("GET", `workers/scripts/${worker}/settings`);
  return z
    .looseObject({ bindings: z.array(named) })
    .parse(result)
    .bindings.map(({ name }) => name);
}
