/** The official client against the loopback Cloudflare: both sides must agree on every path and shape. */
import { APIError } from "cloudflare";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accountId, aLoopback, anUpload, image, type Loopback } from "./testing/loopback.ts";

const account = { account_id: accountId };
const script = { script_name: "bot", ...account };
let cloudflare: Loopback;

beforeEach(async () => {
  cloudflare = await aLoopback();
});
afterEach(() => cloudflare.close());

async function refusal(call: PromiseLike<unknown>): Promise<{ status: number | undefined; code: number | undefined }> {
  const error = await Promise.resolve(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof APIError)) throw new Error(`not refused: ${String(error)}`);
  return { status: error.status, code: error.errors[0]?.code };
}

async function list<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of pages) all.push(one);
  return all;
}

describe("the official client", () => {
  it("makes, lists, reads and deletes a bucket", async () => {
    const { r2 } = cloudflare.client;
    const made = await r2.buckets.create({ ...account, name: "talaria-dev", locationHint: "weur" });
    expect(made).toMatchObject({ name: "talaria-dev", location: "WEUR", storage_class: "Standard" });
    expect((await r2.buckets.list(account)).buckets).toHaveLength(1);
    expect(await refusal(r2.buckets.create({ ...account, name: "talaria-dev" }))).toEqual({ status: 409, code: 10004 });
    const rules = [
      {
        id: "abort",
        enabled: true,
        conditions: { prefix: "" },
        abortMultipartUploadsTransition: { condition: { type: "Age" as const, maxAge: 86400 } },
      },
    ];
    await r2.buckets.lifecycle.update("talaria-dev", { ...account, rules });
    expect(await r2.buckets.lifecycle.get("talaria-dev", account)).toEqual({ rules });
    cloudflare.runtime.objects.set("talaria-dev", 3);
    expect(await refusal(r2.buckets.delete("talaria-dev", account))).toEqual({ status: 409, code: 10008 });
    cloudflare.runtime.objects.clear();
    await r2.buckets.delete("talaria-dev", account);
    expect(await refusal(r2.buckets.get("talaria-dev", account))).toEqual({ status: 404, code: 10006 });
  });

  it("makes a scoped token whose value is answered once, and verifies it", async () => {
    const { tokens } = cloudflare.client.accounts;
    const groups = await list(
      tokens.permissionGroups.list({ ...account, name: "Workers R2 Storage Bucket Item Read" }),
    );
    expect(groups.map((one) => one.id)).toEqual(["6a018a9f2fc74eb6b293b0c548f38b39"]);
    const policies = [
      {
        effect: "allow" as const,
        permission_groups: [{ id: groups[0]?.id ?? "" }],
        resources: { [`com.cloudflare.edge.r2.bucket.${accountId}_default_talaria-dev`]: "*" },
      },
    ];
    const made = await tokens.create({ ...account, name: "recovery", policies });
    expect(made.value).toMatch(/^[\w-]{40}$/);
    expect(await tokens.get(made.id ?? "", account)).not.toHaveProperty("value");
    expect(await tokens.verify(account)).toMatchObject({ status: "active" });
    expect(await cloudflare.client.user.tokens.verify()).toMatchObject({ status: "active" });
    await tokens.delete(made.id ?? "", account);
    expect(await list(tokens.list(account))).toEqual([]);
  });

  it("drives a Worker's triggers, secrets, versions and namespaces", async () => {
    const { scripts, beta } = cloudflare.client.workers;
    expect((await cloudflare.send("PUT", "/workers/scripts/bot?excludeScript=true", anUpload())).status).toBe(200);
    await scripts.schedules.update("bot", { ...account, body: [{ cron: "*/5 * * * *" }] });
    expect((await scripts.schedules.get("bot", account)).schedules.map((one) => one.cron)).toEqual(["*/5 * * * *"]);
    expect(await scripts.subdomain.create("bot", { ...account, enabled: true, previews_enabled: false })).toEqual({
      enabled: true,
      previews_enabled: false,
    });
    await scripts.secrets.update("bot", { ...account, name: "KEY", text: "hidden", type: "secret_text" });
    expect(await list(scripts.secrets.list("bot", account))).toEqual([{ name: "KEY", type: "secret_text" }]);
    const settings = await scripts.scriptAndVersionSettings.get("bot", account);
    expect(settings.bindings).toContainEqual({ name: "KEY", type: "secret_text" });
    expect((await beta.workers.get("bot", account)).subdomain.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const [namespace] = await list(cloudflare.client.durableObjects.namespaces.list(account));
    expect(namespace).toMatchObject({ class: "Box", script: "bot", use_sqlite: true });
    expect((await cloudflare.client.workers.accountSettings.get(account)).default_usage_model).toBe("standard");
    await scripts.secrets.delete("KEY", script);
    await scripts.delete("bot", account);
    expect(await refusal(scripts.schedules.get("bot", account))).toEqual({ status: 404, code: 10007 });
  });

  it("drives an application, its rollout and its instances", async () => {
    await cloudflare.send("PUT", "/workers/scripts/bot", anUpload());
    const { applications, registries } = cloudflare.client.containers;
    const made = await applications.create({
      ...account,
      name: "bot-box",
      scheduling_policy: "default",
      instances: 0,
      max_instances: 2,
      configuration: { image: image("one"), instance_type: "basic" },
      durable_objects: { script_name: "bot", class_name: "Box" },
    });
    expect((await list(applications.list({ ...account, name: "bot-box" }))).map((one) => one.id)).toEqual([made.id]);
    expect(await applications.edit(made.id, { ...account, max_instances: 4 })).toMatchObject({ max_instances: 4 });
    const rollout = await applications.rollouts.create(made.id, {
      ...account,
      description: "new image",
      strategy: "rolling",
      step_percentage: 100,
      target_configuration: { image: image("two") },
    });
    expect(rollout).toMatchObject({ status: "progressing", target_version: 2 });
    cloudflare.runtime.running = [
      { id: "ab".repeat(32), image: image("two"), state: "running", startedAt: "2026-11-21T00:00:00Z" },
    ];
    const [instance] = await list(applications.instances.list(made.id, account));
    expect(instance).toMatchObject({ id: "ab".repeat(32), image: image("two"), status: { state: "running" } });
    const login = await registries.credentials.generate("registry.cloudflare.com", {
      ...account,
      expiration_minutes: 15,
      permissions: ["push", "pull"],
    });
    expect(login.account_id).toBe(accountId);
    await applications.delete(made.id, account);
    expect(cloudflare.runtime.calls).toContain("destroy bot.Box");
  });
});
