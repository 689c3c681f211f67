/** Cloudflare Access made by a stack: who gets to the bot, what a preview shows of it, and that nothing of it stays. */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const noChanges = ["preview", "--expect-no-changes"];
const up = ["up", "--yes", "--skip-preview"];
const dashboard = "dashboard.talaria.localhost";

let local: LocalSystem;
let origin: string;
let service: Record<string, string>;

const listSchema = z.array(z.looseObject({ id: z.string(), name: z.string() }));

beforeAll(async () => {
  local = await startLocal();
  origin = new URL(local.apiUrl).origin;
  await set("access.emails[0]", "me@example.com");
  await set("dashboard.hostname", dashboard);
  mustPass(await local.pulumi(up));
  service = await serviceHeaders();
});
afterAll(() => local?.stop());

async function set(key: string, value: string): Promise<void> {
  mustPass(await local.pulumi(["config", "set", "--path", `talaria:${key}`, value]));
}

/** The stack's service token as it is put out now. */
async function serviceHeaders(): Promise<Record<string, string>> {
  const shape = z.looseObject({ accessServiceToken: z.object({ clientId: z.string(), clientSecret: z.string() }) });
  const { clientId, clientSecret } = shape.parse(await local.commands.outputs("local")).accessServiceToken;
  return { "cf-access-client-id": clientId, "cf-access-client-secret": clientSecret };
}

const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(local.url + path, { headers, redirect: "manual" });

/** Status of a request to the Worker's address under another name. */
function askAs(host: string, path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.get(local.url + path, { headers: { ...headers, host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on("error", reject);
  });
}

/** The cookie of a browser that was sent to log in, said who it is, and came back. */
async function logIn(email: string): Promise<string> {
  const page = (await ask("/api/status")).headers.get("location") ?? "";
  const body = new URLSearchParams({ ...Object.fromEntries(new URL(page).searchParams), email });
  const answer = await fetch(page, { method: "POST", body, redirect: "manual" });
  const back = await fetch(answer.headers.get("location") ?? "", { redirect: "manual" });
  return back.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function listed(kind: string) {
  return listSchema.parse((await local.cloudflare("GET", `access/${kind}`)).result);
}

describe("a stack with Access", () => {
  it("has nothing to change on the second up (I8)", async () => {
    mustPass(await local.pulumi(noChanges));
    expect((await listed("apps")).map(({ name }) => name).sort()).toEqual(["talaria-local", "talaria-local-dashboard"]);
    expect((await listed("policies")).map(({ name }) => name).sort()).toEqual([
      "talaria-local-people",
      "talaria-local-programs",
    ]);
  });

  it("sends whoever comes to the operator's routes or to the dashboard's hostname to log in", async () => {
    for (const path of ["/api/status", "/api/logs", "/console", "/dashboard/", "/api/wake?x=1"]) {
      const answer = await ask(path, { authorization: `Bearer ${local.adminToken}` });
      expect([path, answer.status]).toEqual([path, 302]);
      expect(answer.headers.get("location")).toMatch(new RegExp(`^${origin}/cdn-cgi/access/login/`));
    }
    expect(await askAs(dashboard, "/")).toBe(302);
  });

  it("leaves everything else to the doors of the Worker", async () => {
    expect((await ask("/")).status).toBe(200);
    expect((await ask("/health")).status).toBe(200);
    expect((await ask("/v1/models")).status).toBe(401);
    expect((await local.client("/v1/models")).status).toBe(200);
  });

  it("lets the stack's service token through, and no wrong one", async () => {
    const authorization = `Bearer ${local.adminToken}`;
    expect((await ask("/api/status", { ...service, authorization })).status).toBe(200);
    const wrong = { ...service, "cf-access-client-secret": "0".repeat(64) };
    expect((await ask("/api/status", { ...wrong, authorization })).status).toBe(403);
  });

  it("is no obstacle for the command line, which takes the service token out of the stack", async () => {
    const status = mustPass(await local.talaria(["status", "--json", "--stack", "local"]));
    expect(JSON.parse(status.stdout)).toMatchObject({ bot: "talaria-local" });
    const refused = await local.talaria(["status", "--json"]);
    expect(JSON.parse(refused.stderr).error.code).toBe("accessLogIn");
  });

  it("makes an operator of whom Access lets through, without a token of the bot's, also when the team's keys rotate", async () => {
    const cookie = await logIn("me@example.com");
    const headers = { authorization: `Bearer ${local.apiToken}` };
    for (let round = 0; round < 2; round++) {
      expect((await ask("/api/status", service)).status).toBe(200);
      expect((await ask("/api/status", { cookie })).status).toBe(200);
      if (round === 0)
        expect((await fetch(`${origin}/__local/access/rotate`, { method: "POST", headers })).status).toBe(200);
    }
    // the signature's first letter: of its last one, only two bits count
    const forged = cookie.replace(
      /\.(.)([^.]*)$/,
      (_, first: string, rest: string) => `.${first === "x" ? "y" : "x"}${rest}`,
    );
    expect((await ask("/api/status", { cookie: forged })).status).toBe(302);
  });

  it("shows in a preview what was changed of it by hand, and mends it (I9)", async () => {
    const people = (await listed("policies")).find(({ name }) => name === "talaria-local-people");
    const { success } = await local.cloudflare("PUT", `access/policies/${people?.id}`, {
      name: "talaria-local-people",
      decision: "allow",
      include: [{ everyone: {} }],
      session_duration: "24h",
    });
    expect(success).toBe(true);
    const { output } = mustPass(await local.pulumi(["preview", "--diff"]));
    expect(output).toMatch(/ZeroTrustAccessPolicy: \(update\)/i);
    expect(output).toContain("me@example.com");
    mustPass(await local.pulumi(up));
    mustPass(await local.pulumi(noChanges));
    const now = await local.cloudflare("GET", `access/policies/${people?.id}`);
    expect(now.result).toMatchObject({ include: [{ email: { email: "me@example.com" } }] });
  });

  it("takes a rotated service token's old secret until its time, and not after", { timeout: 300_000 }, async () => {
    await set("secretOverlap", "90s");
    await set("secretVersions.serviceToken", "2");
    mustPass(await local.pulumi(up));
    const old = service;
    service = await serviceHeaders();
    expect(service["cf-access-client-id"]).toBe(old["cf-access-client-id"]);
    expect(service["cf-access-client-secret"]).not.toBe(old["cf-access-client-secret"]);
    expect((await ask("/api/status", service)).status).toBe(200);
    expect((await ask("/api/status", old)).status).toBe(200);
    mustPass(await local.pulumi(noChanges));
    const [token] = z
      .array(z.looseObject({ previous_client_secret_expires_at: z.string() }))
      .parse((await local.cloudflare("GET", "access/service_tokens")).result);
    await pause(Math.max(0, Date.parse(token?.previous_client_secret_expires_at ?? "") - Date.now()));
    expect((await ask("/api/status", old)).status).toBe(403);
    expect((await ask("/api/status", service)).status).toBe(200);
  });

  it("is gone without a trace when the key is removed", async () => {
    mustPass(await local.pulumi(["config", "rm", "talaria:access"]));
    mustPass(await local.pulumi(up));
    mustPass(await local.pulumi(noChanges));
    for (const kind of ["apps", "policies", "service_tokens"]) expect(await listed(kind), kind).toEqual([]);
    expect((await local.api("/api/status")).status).toBe(200);
  });
});
