/** What the loopback Cloudflare refuses, with Cloudflare's status and code. */
import { afterEach, describe, expect, it } from "vitest";
import { permissionGroups } from "./account/permissions.ts";
import { accountId, aLoopback, anApplication, anUpload, image, type Loopback, type Reply } from "./testing/loopback.ts";

let cloudflare: Loopback;
afterEach(() => cloudflare.close());

function code(reply: Reply): [status: number, code: number | undefined] {
  return [reply.status, reply.errors[0]?.code];
}

async function upload(metadata: Record<string, unknown> = {}): Promise<Reply> {
  return cloudflare.send("PUT", "/workers/scripts/bot?excludeScript=true&bindings_inherit=strict", anUpload(metadata));
}

describe("authorization", () => {
  it("asks for a bearer token and tells a malformed, an unknown and a weak one apart", async () => {
    cloudflare = await aLoopback({ tokens: [{ token: "weak", permissions: ["Workers R2 Storage Write"] }] });
    const bare = await fetch(`${cloudflare.url}/accounts/${accountId}/r2/buckets`);
    expect(await bare.json()).toMatchObject({ success: false, errors: [{ code: 9106 }], result: null });
    expect(code(await cloudflare.send("GET", "/r2/buckets", undefined, "not a token"))).toEqual([400, 6003]);
    expect(code(await cloudflare.send("GET", "/r2/buckets", undefined, "stranger"))).toEqual([401, 9109]);
    expect(code(await cloudflare.send("GET", "~/user/tokens/verify", undefined, "stranger"))).toEqual([401, 1000]);
    expect((await cloudflare.send("GET", "/r2/buckets", undefined, "weak")).success).toBe(true);
    const lacking = await cloudflare.send("GET", "/workers/scripts", undefined, "weak");
    expect(code(lacking)).toEqual([403, 10000]);
    expect(lacking.messages[0]?.message).toContain("Workers Scripts Read");
  });

  it("refuses another account, and an id that is none", async () => {
    cloudflare = await aLoopback();
    expect(code(await cloudflare.send("GET", `~/accounts/${"a".repeat(32)}/r2/buckets`))).toEqual([403, 9109]);
    expect(code(await cloudflare.send("GET", "~/accounts/me/r2/buckets"))).toEqual([404, 7003]);
  });

  it("says what an account without the paid plan, R2 or workers.dev lacks", async () => {
    cloudflare = await aLoopback({ account: { paidPlan: false, r2: false, workersDev: false } });
    expect(code(await cloudflare.send("GET", "/containers/me"))).toEqual([403, 1101]);
    expect(code(await cloudflare.send("GET", "/workers/subdomain"))).toEqual([404, 10007]);
    expect(code(await cloudflare.send("POST", "/r2/buckets", { name: "talaria-dev" }))).toEqual([403, 10042]);
  });
});

describe("strictness", () => {
  it("names unknown paths, methods, query parameters and fields", async () => {
    cloudflare = await aLoopback();
    const nowhere = await cloudflare.send("GET", "/kv/namespaces");
    expect(code(nowhere)).toEqual([404, 7000]);
    expect(nowhere.errors[0]?.message).toContain(`GET /accounts/${accountId}/kv/namespaces`);
    const wrongMethod = await cloudflare.send("PATCH", "/r2/buckets", {});
    expect(wrongMethod.errors[0]?.message).toContain("answered: GET, POST");
    expect((await cloudflare.send("GET", "/workers/scripts?tag=x")).errors[0]?.message).toContain('"tag"');
    const field = await cloudflare.send("POST", "/r2/buckets", { name: "talaria-dev", colour: "red" });
    expect(field.errors[0]?.message).toContain('"colour"');
    expect((await upload({ keep_everything: true })).errors[0]?.message).toContain('"keep_everything"');
  });

  it("takes modules only as parts whose filename is their name", async () => {
    cloudflare = await aLoopback();
    const form = anUpload();
    form.set("extra.txt", "no filename");
    const reply = await cloudflare.send("PUT", "/workers/scripts/bot", form);
    expect(code(reply)).toEqual([400, 10021]);
    expect(reply.errors[0]?.message).toContain('No such module "extra.txt"');
    expect((await upload({ main_module: "other.js" })).errors[0]?.message).toContain('No such module "other.js"');
  });
});

describe("an upload", () => {
  it("has at most 128 variables and secrets of 5 KB each", async () => {
    cloudflare = await aLoopback();
    const values = (count: number, bytes: number) =>
      Array.from({ length: count }, (_, index) => ({
        type: index % 2 ? "secret_text" : "plain_text",
        name: `V${index}`,
        text: "x".repeat(bytes),
      }));
    expect((await upload({ bindings: values(128, 5120) })).success).toBe(true);
    expect(code(await upload({ bindings: values(129, 1) }))).toEqual([400, 10021]);
    expect((await upload({ bindings: values(2, 5121) })).errors[0]?.message).toContain("'V0' has 5121 bytes");
    await upload({ bindings: values(128, 1) });
    expect(
      code(
        await cloudflare.send("PUT", "/workers/scripts/bot/secrets", { name: "MORE", text: "x", type: "secret_text" }),
      ),
    ).toEqual([400, 10021]);
  });

  it("is bound only to what exists", async () => {
    cloudflare = await aLoopback();
    const bucket = { type: "r2_bucket", name: "SNAPSHOTS", bucket_name: "nowhere" };
    expect(code(await upload({ bindings: [bucket] }))).toEqual([400, 10085]);
    const other = { type: "durable_object_namespace", name: "X", class_name: "Unknown" };
    expect(code(await upload({ bindings: [other] }))).toEqual([400, 10061]);
    const inherit = { type: "inherit", name: "KEY" };
    expect(code(await upload({ bindings: [inherit] }))).toEqual([400, 10021]);
  });

  it("keeps, renames and deletes classes only by saying so", async () => {
    cloudflare = await aLoopback();
    expect(code(await upload({ exports: { Box: { type: "durable-object", storage: "legacy-kv" } } }))).toEqual([
      400, 10099,
    ]);
    await upload();
    const before = await cloudflare.send("GET", "/workers/durable_objects/namespaces");
    const gone = { bindings: [], containers: [], exports: {} };
    expect(code(await upload(gone))).toEqual([400, 10064]);
    const renamed = { type: "durable-object", state: "renamed", renamed_to: "Crate" };
    const crate = { type: "durable-object", storage: "sqlite" };
    expect((await upload({ ...gone, exports: { Box: renamed, Crate: crate } })).errors).toEqual([]);
    const after = await cloudflare.send("GET", "/workers/durable_objects/namespaces");
    expect(JSON.stringify(after.result)).toBe(JSON.stringify(before.result).replaceAll("Box", "Crate"));
    expect(
      (await upload({ ...gone, exports: { Crate: { type: "durable-object", state: "deleted" } } })).errors,
    ).toEqual([]);
    expect((await cloudflare.send("GET", "/workers/durable_objects/namespaces")).result).toEqual([]);
  });

  it("names a container class that is not exported, and a link that points nowhere", async () => {
    cloudflare = await aLoopback();
    expect(code(await upload({ containers: [{ class_name: "Other" }] }))).toEqual([400, 10061]);
    expect((await upload({ containers: [] })).errors[0]?.message).toContain("exports.Box.container is 'bot-box'");
  });

  it("that does not start leaves the version before in place and answers workerd's message", async () => {
    cloudflare = await aLoopback();
    await upload();
    cloudflare.runtime.startupError = "Uncaught ReferenceError: nope is not defined";
    const reply = await upload({ bindings: [] });
    expect(code(reply)).toEqual([400, 10021]);
    expect(reply.errors[0]?.message).toContain("nope is not defined");
    const settings = await cloudflare.send("GET", "/workers/scripts/bot/settings");
    expect(settings.result).toMatchObject({
      bindings: [{ name: "BOX", namespace_id: expect.stringMatching(/^[0-9a-f]{32}$/) }],
    });
  });

  it("keeps secrets that it does not list only with keep_bindings", async () => {
    cloudflare = await aLoopback();
    await upload({ bindings: [{ type: "secret_text", name: "KEY", text: "hidden" }] });
    await upload({ bindings: [], keep_bindings: ["secret_text"] });
    expect(cloudflare.runtime.workers.get("bot")?.bindings).toEqual([
      { type: "secret_text", name: "KEY", text: "hidden" },
    ]);
    await upload({ bindings: [] });
    expect(cloudflare.runtime.workers.get("bot")?.bindings).toEqual([]);
  });
});

describe("a container application", () => {
  it("needs a class with containers, and a namespace has one only", async () => {
    cloudflare = await aLoopback();
    expect((await cloudflare.send("POST", "/containers/applications", anApplication())).errors[0]?.message).toContain(
      "DURABLE_OBJECT_NOT_FOUND",
    );
    await upload();
    const made = await cloudflare.send("POST", "/containers/applications", anApplication());
    expect(made.result).toMatchObject({
      max_instances: 2,
      configuration: { vcpu: 0.25, memory_mib: 1024, disk: { size_mb: 4000 } },
    });
    const second = await cloudflare.send("POST", "/containers/applications", anApplication({ name: "another" }));
    expect(code(second)).toEqual([409, 1608]);
    expect(JSON.parse(second.errors[0]?.message ?? "")).toMatchObject({
      error: "DURABLE_OBJECT_ALREADY_HAS_APPLICATION",
      details: { name: "bot-box" },
    });
  });

  it("refuses wrong sizes, counts and images", async () => {
    cloudflare = await aLoopback();
    await upload();
    const make = async (changes: Record<string, unknown>) =>
      (await cloudflare.send("POST", "/containers/applications", anApplication(changes))).errors[0]?.message;
    expect(await make({ max_instances: 0 })).toContain("max_instances");
    expect(await make({ max_instances: 7000 })).toContain("SURPASSED_TOTAL_LIMITS");
    expect(await make({ configuration: { image: image("one"), instance_type: "huge" } })).toContain("instance_type");
    expect(await make({ configuration: { image: image("one"), instance_type: "lite", vcpu: 1 } })).toContain(
      "cannot be combined",
    );
    const own = (vcpu: number, memory_mib: number, size_mb: number) =>
      make({ configuration: { image: image("one"), vcpu, memory_mib, disk: { size_mb } } });
    expect(await own(0.5, 4096, 8000)).toContain("not between 1 and 4");
    expect(await own(2, 4096, 8000)).toContain("3 GiB per vCPU");
    expect(await own(1, 4096, 9000)).toContain("2 GB per GiB");
    expect(await own(4, 12_288, 21_000)).toContain("20 GB");
    expect(await make({ configuration: { image: `registry.cloudflare.com/${"a".repeat(32)}/box:one` } })).toContain(
      "another account",
    );
    expect(await make({ configuration: { image: "ghcr.io/me/box:one" } })).toContain("ghcr.io");
  });

  it("keeps its Worker from being deleted, unless forced", async () => {
    cloudflare = await aLoopback();
    await upload();
    await cloudflare.send("POST", "/containers/applications", anApplication());
    const kept = await cloudflare.send("DELETE", "/workers/scripts/bot");
    expect(kept.errors[0]?.message).toContain('application "bot-box"');
    expect((await cloudflare.send("DELETE", "/workers/scripts/bot?force=true")).success).toBe(true);
    expect((await cloudflare.send("GET", "/containers/applications")).result).toEqual([]);
    expect(cloudflare.runtime.calls).toEqual(expect.arrayContaining(["destroy bot.Box", "remove bot"]));
  });

  it("changes its image by a rollout alone, and goes back when the rollout fails", async () => {
    cloudflare = await aLoopback({ rolloutGraceMs: 5 });
    await upload();
    const { result } = await cloudflare.send("POST", "/containers/applications", anApplication());
    const path = `/containers/applications/${(result as { id: string }).id}`;
    const patched = await cloudflare.send("PATCH", path, {
      max_instances: 3,
      rollout_active_grace_period: 7,
      configuration: { image: image("two") },
    });
    expect(patched.result).toMatchObject({ max_instances: 3, configuration: { image: image("one") } });
    const body = {
      description: "x",
      strategy: "rolling",
      step_percentage: 100,
      target_configuration: { image: image("two") },
    };
    expect((await cloudflare.send("POST", `${path}/rollouts`, { ...body, steps: [] })).success).toBe(false);
    const rollout = await cloudflare.send("POST", `${path}/rollouts`, body);
    const watch = `${path}/rollouts/${(rollout.result as { id: string }).id}`;
    await expect.poll(async () => (await cloudflare.send("GET", watch)).result).toMatchObject({ status: "completed" });
    expect(cloudflare.runtime.calls).toContain("rollout bot.Box 5 7000");
    expect((await cloudflare.send("GET", path)).result).toMatchObject({
      version: 2,
      configuration: { image: image("two") },
    });

    cloudflare.runtime.rolloutError = "No such image";
    await cloudflare.send("POST", `${path}/rollouts`, { ...body, target_configuration: { image: image("three") } });
    await expect
      .poll(async () => (await cloudflare.send("GET", path)).result)
      .toMatchObject({ configuration: { image: image("two") } });
    expect(cloudflare.runtime.images.get("bot.Box")).toBe(image("two"));
  });
});

describe("other objects", () => {
  it("refuses a token on a group that does not exist or does not fit", async () => {
    cloudflare = await aLoopback();
    const grant = (id: string | undefined, resource: string) =>
      cloudflare.send("POST", "/tokens", {
        name: "t",
        policies: [{ effect: "allow", permission_groups: [{ id }], resources: { [resource]: "*" } }],
      });
    const bucket = `com.cloudflare.edge.r2.bucket.${accountId}_default_talaria`;
    const scripts = permissionGroups.find((one) => one.name === "Workers Scripts Write");
    expect(code(await grant("aa", bucket))).toEqual([400, 1001]);
    expect(code(await grant(scripts?.id, bucket))).toEqual([400, 1001]);
    expect((await grant(scripts?.id, `com.cloudflare.api.account.${accountId}`)).success).toBe(true);
  });

  it("lets a token made here use exactly what it was granted", async () => {
    cloudflare = await aLoopback();
    const scripts = permissionGroups.find((one) => one.name === "Workers Scripts Read");
    const policies = [
      {
        effect: "allow",
        permission_groups: [{ id: scripts?.id }],
        resources: { [`com.cloudflare.api.account.${accountId}`]: "*" },
      },
    ];
    const { value } = (await cloudflare.send("POST", "/tokens", { name: "reader", policies })).result as {
      value: string;
    };
    expect((await cloudflare.send("GET", "/workers/scripts", undefined, value)).success).toBe(true);
    expect(code(await cloudflare.send("PUT", "/workers/scripts/bot", anUpload(), value))).toEqual([403, 10000]);
  });

  it("refuses a cron that is none, and a hostname outside the zones", async () => {
    cloudflare = await aLoopback();
    await upload();
    expect(code(await cloudflare.send("PUT", "/workers/scripts/bot/schedules", [{ cron: "* * *" }]))).toEqual([
      400, 10100,
    ]);
    expect(
      code(await cloudflare.send("PUT", "/workers/domains", { hostname: "bot.other.net", service: "bot" })),
    ).toEqual([400, 100117]);
  });
});
