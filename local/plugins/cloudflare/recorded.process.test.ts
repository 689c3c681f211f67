/** The recorded program, run by the real engine with the stand-in, against a loopback API. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isObject } from "../server/properties.ts";
import { type Engine, startEngine } from "../testing/engine.ts";
import { type Exchange, failure, type Recorder, recordedExchanges, startRecorder } from "./recorder.ts";

const accounts = `/accounts/${"a".repeat(32)}`;
const exchanges = recordedExchanges();
let recorder: Recorder;
let engine: Engine;

beforeAll(async () => {
  recorder = await startRecorder(exchanges);
  engine = await startEngine(fileURLToPath(new URL("fixtures/recorded", import.meta.url)), {
    TALARIA_PLUGIN_WAIT_SCALE: "0.001",
  });
  await engine.pulumi("config", "set", "baseUrl", recorder.baseUrl);
});

afterAll(async () => {
  await engine?.remove();
  await recorder?.close();
});

/** Requests in an order that does not depend on which resource was quicker. */
function sorted(requests: readonly { method: string; path: string; body?: unknown }[]) {
  const plain = requests.map(({ method, path, body }) => ({ method, path, body }));
  return plain.sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

function recordedIn(phase: Exchange["phase"]) {
  return sorted(exchanges.filter((exchange) => exchange.phase === phase));
}

async function run(phase: Exchange["phase"], ...args: string[]) {
  recorder.during(phase);
  recorder.forget();
  return engine.pulumi(...args);
}

describe("the stand-in under the real engine", () => {
  it("finds a wrong enum value at preview, with the attribute's name", async () => {
    const said = await run("create", "preview", "--config", "decision=alow");
    expect(said.output).toContain(
      `resource 'policy' has a problem: Invalid Attribute Value Match. Attribute decision value must be one of: ["allow" "deny" "non_identity" "bypass"], got: "alow". Examine values at 'policy.decision'.`,
    );
    expect(said.code).not.toBe(0);
    expect(recorder.asked).toEqual([]);
    await engine.pulumi("config", "rm", "decision");
  });

  it("finds a malformed token at preview", async () => {
    const said = await run("create", "preview", "--config", "token=not a token");
    expect(said.output).toContain(
      "could not validate provider configuration: Invalid Attribute Value. Attribute api_token API tokens must only contain characters a-z, A-Z, 0-9, hyphens and underscores. Examine values at 'cf.apiToken'.",
    );
    expect(said.code).not.toBe(0);
    await engine.pulumi("config", "rm", "token");
  });

  it("creates with the recorded requests", async () => {
    const said = await run("create", "up", "--yes");
    expect(said.output).not.toContain("exited prematurely");
    expect(said.code, said.output).toBe(0);
    expect(sorted(recorder.asked)).toEqual(recordedIn("create"));
    expect(recorder.asked[0]?.headers["user-agent"]).toBe(
      "terraform-provider-cloudflare/pulumi terraform-plugin-framework/1.19.0 terraform/pulumi-terraform-bridge",
    );
    expect(said.output.match(/\[WARNING\] This resource cannot be destroyed from Terraform/)).toBeTruthy();
  });

  it("keeps what is told once as secret outputs", async () => {
    const hidden = await engine.pulumi("stack", "output", "--json");
    expect(JSON.parse(hidden.output)).toMatchObject({ tokenValue: "[secret]", clientSecret: "[secret]" });
    const shown = await engine.pulumi("stack", "output", "--json", "--show-secrets");
    expect(JSON.parse(shown.output)).toMatchObject({ tokenValue: "v".repeat(40), clientSecret: "s".repeat(64) });
  });

  it("refreshes with the recorded requests and sees no change", async () => {
    const said = await run("refresh", "preview", "--refresh", "--expect-no-changes");
    expect(said.output).not.toContain("exited prematurely");
    expect(said.code, said.output).toBe(0);
    expect(sorted(recorder.asked)).toEqual(recordedIn("refresh"));
  });

  it("updates with the recorded requests", async () => {
    const said = await run("update", "up", "--yes", "--skip-preview", "--config", "v2=true");
    expect(said.code, said.output).toBe(0);
    expect(sorted(recorder.asked)).toEqual(recordedIn("update"));
  });

  it("sees drift, mends it, and keeps secrets that only creation tells", async () => {
    const gateway = recorder.held(`${accounts}/ai-gateway/gateways/talaria-dev`);
    const token = recorder.held(`${accounts}/tokens/7${"0".repeat(31)}`);
    if (!isObject(gateway) || !isObject(token)) throw new Error("the recorder holds no gateway or no token");
    recorder.hold(`${accounts}/ai-gateway/gateways/talaria-dev`, { ...gateway, cache_ttl: 999 });
    const { value: _value, ...withoutValue } = token;
    recorder.hold(`${accounts}/tokens/7${"0".repeat(31)}`, withoutValue);

    const preview = await run("update", "preview", "--refresh", "--diff");
    expect(preview.output).toMatch(/cacheTtl: 999 => 60/);
    expect(preview.output).not.toContain("AccountToken: (update)");

    const up = await run("update", "up", "--yes", "--refresh");
    expect(up.code, up.output).toBe(0);
    expect(recorder.asked.filter(({ method }) => method !== "GET").map(({ path }) => path)).toEqual([
      `${accounts}/ai-gateway/gateways/talaria-dev`,
    ]);
    const shown = await engine.pulumi("stack", "output", "tokenValue", "--show-secrets");
    expect(shown.output.trim()).toBe("v".repeat(40));
  });

  it("does not see that the cron schedules were emptied by hand", async () => {
    recorder.hold(`${accounts}/workers/scripts/talaria-dev/schedules`, { schedules: [] });
    const said = await run("refresh", "preview", "--refresh", "--expect-no-changes");
    expect(said.code, said.output).toBe(0);
    expect(recorder.asked.map(({ path }) => path)).toContain(`${accounts}/workers/scripts/talaria-dev/schedules`);
  });

  it("makes again what was deleted by hand, and tries a conflict eleven times", async () => {
    recorder.hold(`${accounts}/r2/buckets/talaria-dev`, undefined);
    const exists = failure(10004, "The bucket you tried to create already exists, and you own it.");
    recorder.override(({ method, path }) =>
      method === "POST" && path.endsWith("/r2/buckets") ? { status: 409, body: exists } : undefined,
    );
    const refused = await run("create", "up", "--yes", "--refresh", "--skip-preview");
    recorder.override(undefined);
    expect(refused.output).toMatch(
      /failed to make http request: POST "http.*\/r2\/buckets": 409 Conflict \{"success":false,"errors":\[\{"code":10004,"message":"The bucket you tried to create already exists, and you own it\."/,
    );
    expect(recorder.asked.filter(({ method }) => method === "POST")).toHaveLength(11);

    const made = await run("create", "up", "--yes", "--refresh", "--skip-preview");
    expect(made.code, made.output).toBe(0);
    expect(recorder.asked.filter(({ method }) => method === "POST").map(({ path }) => path)).toEqual([
      `${accounts}/r2/buckets`,
    ]);
  });

  it("destroys with the recorded requests: nothing for cron and lifecycle", async () => {
    const said = await run("destroy", "destroy", "--yes", "--skip-preview");
    expect(said.code, said.output).toBe(0);
    expect(sorted(recorder.asked)).toEqual(recordedIn("destroy"));
  });
});
