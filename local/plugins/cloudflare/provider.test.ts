/** The cloudflare stand-in over its wire, without the engine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isUnknown, receive, send } from "../server/properties.ts";
import { connectPlugin, type PluginClient } from "../testing/client.ts";
import { cloudflareProvider } from "./provider.ts";
import { failure, type Recorder, startRecorder } from "./recorder.ts";

const accountId = "a".repeat(32);
const bucket = "cloudflare:index/r2Bucket:R2Bucket";
const token = "cloudflare:index/accountToken:AccountToken";
const application = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
let recorder: Recorder;
let plugin: PluginClient;

beforeEach(async () => {
  recorder = await startRecorder();
  plugin = await connectPlugin(cloudflareProvider(), { apiToken: "x".repeat(40), baseUrl: recorder.baseUrl });
});

afterEach(async () => {
  await plugin.close();
  await recorder.close();
});

describe("the stand-in for the cloudflare plugin", () => {
  it("previews a resource without a request, its computed outputs unknown", async () => {
    const policies = [{ effect: "allow", permissionGroups: [{ id: "1" }], resources: "{}" }];
    const made = await plugin.create(token, send({ accountId, name: "recovery", policies }), true);
    expect(isUnknown(receive(made.properties).values.value)).toBe(true);
    expect(receive(made.properties).secrets).toEqual(new Set(["value"]));
    expect(recorder.asked).toEqual([]);
  });

  it("takes a location in upper case for the one in lower case", async () => {
    const olds = { accountId, name: "b", location: "WEUR", storageClass: "Standard", jurisdiction: "default" };
    expect(await plugin.diff(bucket, olds, { accountId, name: "b", location: "weur" })).toEqual({
      changed: [],
      replaces: [],
    });
    expect(await plugin.diff(bucket, olds, { accountId, name: "b", location: "apac" })).toEqual({
      changed: ["location"],
      replaces: ["location"],
    });
  });

  it("ignores what the API adds to an object, and sees what is added to a list", async () => {
    const news = { accountId, type: "self_hosted", destinations: [{ type: "public", uri: "a" }] };
    const defaults = { sessionDuration: "24h", appLauncherVisible: true, httpOnlyCookieAttribute: true };
    const olds = { ...news, ...defaults, allowedIdps: [], tags: [] };
    const richer = { ...olds, destinations: [{ type: "public", uri: "a", vnetId: "1" }] };
    expect((await plugin.diff(application, richer, news)).changed).toEqual([]);
    const longer = { ...olds, destinations: [...news.destinations, { type: "public", uri: "b" }] };
    expect((await plugin.diff(application, longer, news)).changed).toEqual(["destinations"]);
  });

  it("imports a bucket by account, name and jurisdiction", async () => {
    recorder.hold(`/accounts/${accountId}/r2/buckets/old`, {
      name: "old",
      location: "WEUR",
      storage_class: "Standard",
      creation_date: "2026-01-01",
    });
    const read = await plugin.read(bucket, `${accountId}/old/default`);
    expect(read.id).toBe("old");
    expect(read.inputs).toMatchObject({ accountId, name: "old", location: "WEUR", storageClass: "Standard" });
    expect(recorder.asked[0]?.headers["cf-r2-jurisdiction"]).toBe("default");
  });

  it("fails at once when the API forbids", async () => {
    recorder.override(() => ({ status: 403, body: failure(10000, "Authentication error") }));
    await expect(plugin.create(bucket, send({ accountId, name: "b" }))).rejects.toThrow(
      /failed to make http request: POST ".*\/r2\/buckets": 403 Forbidden .*Authentication error/,
    );
    expect(recorder.asked).toHaveLength(1);
  });

  it("names a property that it does not know", async () => {
    expect(await plugin.check(bucket, "b", { accountId, name: "b", colour: "red" })).toEqual([
      `Unexpected attribute. The stand-in (local/plugins) does not know 'colour' of ${bucket}.`,
    ]);
  });

  it("speaks to no API but a loopback one", () => {
    expect(cloudflareProvider().checkConfig("cf", { apiToken: "x".repeat(40) })[0]).toMatch(
      /speaks to a loopback API only, not to https:\/\/api\.cloudflare\.com\/client\/v4/,
    );
  });

  it("answers the permission groups of an account by name", async () => {
    const groups = [
      { id: "1", name: "Workers R2 Storage Bucket Item Read", scopes: ["com.cloudflare.edge.r2.bucket"] },
    ];
    recorder.override(() => ({ status: 200, body: { success: true, errors: [], messages: [], result: groups } }));
    const list = "cloudflare:index/getAccountApiTokenPermissionGroupsList:getAccountApiTokenPermissionGroupsList";
    const answer = await plugin.invoke(list, { accountId, name: "Workers R2 Storage Bucket Item Read" });
    expect(answer.results).toEqual(groups);
    expect(recorder.asked[0]?.path).toBe(
      `/accounts/${accountId}/tokens/permission_groups?name=Workers+R2+Storage+Bucket+Item+Read`,
    );
  });
});
