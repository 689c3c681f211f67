import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { EdgeVerdict } from "../../runtime/contract.ts";
import { aLoopback, anUpload, type Loopback, token } from "../testing/loopback.ts";

let api: Loopback;
let origin: string;
let aud: string;
let service: { id: string; client_id: string; client_secret: string };

const made = z.looseObject({ id: z.string(), aud: z.string().default("") });
const secret = z.looseObject({ id: z.string(), client_id: z.string(), client_secret: z.string() });

beforeEach(async () => {
  api = await aLoopback();
  origin = new URL(api.url).origin;
  expect((await api.send("PUT", "/workers/scripts/bot", anUpload())).success).toBe(true);
  service = secret.parse((await api.send("POST", "/access/service_tokens", { name: "ci" })).result);
  const people = await post("/access/policies", {
    name: "people",
    decision: "allow",
    include: [{ email_domain: { domain: "example.com" } }],
    exclude: [{ email: { email: "former@example.com" } }],
  });
  const programs = await post("/access/policies", {
    name: "programs",
    decision: "non_identity",
    include: [{ service_token: { token_id: service.id } }],
  });
  ({ aud } = await post("/access/apps", {
    type: "self_hosted",
    name: "bot",
    destinations: [
      { type: "public", uri: "bot.local.workers.dev/api" },
      { type: "public", uri: "dashboard.example.com" },
    ],
    policies: [
      { id: people.id, precedence: 1 },
      { id: programs.id, precedence: 2 },
    ],
  }));
});
afterEach(() => api.close());

async function post(path: string, body: unknown) {
  const { success, result, errors } = await api.send("POST", path, body);
  expect(success, JSON.stringify(errors)).toBe(true);
  return made.parse(result);
}

/** What the edge makes of a request to the Worker `bot`. */
async function ask(path: string, headers: Record<string, string> = {}): Promise<EdgeVerdict> {
  const verdict = await api.runtime.judge?.({ worker: "bot", path, headers: { host: "127.0.0.1:9999", ...headers } });
  if (verdict === undefined) throw new Error("no judge was put before the Workers");
  return verdict;
}

const statusOf = (verdict: EdgeVerdict) => ("answer" in verdict ? verdict.answer.status : "passes");
const assertionOf = (verdict: EdgeVerdict) =>
  "headers" in verdict ? (verdict.headers["cf-access-jwt-assertion"] ?? "") : "";
const asService = () => ({
  "cf-access-client-id": service.client_id,
  "cf-access-client-secret": service.client_secret,
});

/** A browser that is sent to log in, says who it is and comes back; the status of the log-in, and the cookie. */
async function logIn(email: string): Promise<{ status: number; cookie: string }> {
  const sent = await ask("/api/status?x=1");
  if (!("answer" in sent)) throw new Error("it was let through");
  const loginPage = sent.answer.headers.location ?? "";
  expect(await (await fetch(loginPage)).text()).toContain("Log in to 127.0.0.1:9999");
  const query = new URL(loginPage).searchParams;
  const body = new URLSearchParams({ ...Object.fromEntries(query), email });
  const answer = await fetch(loginPage, { method: "POST", body, redirect: "manual" });
  if (answer.status !== 302) return { status: answer.status, cookie: "" };
  const back = new URL(answer.headers.get("location") ?? "");
  const returned = await ask(back.pathname + back.search);
  if (!("answer" in returned)) throw new Error("the code was not taken");
  expect(returned.answer.headers.location).toBe("/api/status?x=1");
  expect(statusOf(await ask(back.pathname + back.search))).toBe(400); // a code works once
  return { status: 302, cookie: (returned.answer.headers["set-cookie"] ?? "").split(";")[0] ?? "" };
}

/** The claims, checked as a Worker checks them. */
async function claimsOf(jwt: string) {
  const keys = createRemoteJWKSet(new URL(`${origin}/cdn-cgi/access/certs`));
  return (await jwtVerify(jwt, keys, { issuer: origin, audience: aud, algorithms: ["RS256"] })).payload;
}

describe("Access in front of a Worker", () => {
  it("stands before the protected paths and everything below them, and nowhere else", async () => {
    for (const path of ["/api", "/api/", "/api/status", "/api/exec/x?y=/v1"])
      expect(statusOf(await ask(path))).toBe(302);
    for (const path of ["/", "/health", "/v1/models", "/apiary", "/openapi.json", "/login"])
      expect(statusOf(await ask(path)), path).toBe("passes");
    expect(statusOf(await ask("/", { host: "dashboard.example.com:8080" }))).toBe(302);
    expect(statusOf(await ask("/", { host: "other.example.com" }))).toBe("passes");
  });

  it("lets a service token through with a word that a Worker can check, and refuses a wrong one", async () => {
    const claims = await claimsOf(assertionOf(await ask("/api/status", asService())));
    expect(claims).toMatchObject({ common_name: service.client_id, iss: origin, aud: [aud], type: "app" });
    const wrong = { ...asService(), "cf-access-client-secret": "0".repeat(64) };
    expect(statusOf(await ask("/api/status", wrong))).toBe(403);
    const other = secret.parse((await api.send("POST", "/access/service_tokens", { name: "other" })).result);
    const stranger = { "cf-access-client-id": other.client_id, "cf-access-client-secret": other.client_secret };
    expect(statusOf(await ask("/api/status", stranger))).toBe(403);
  });

  it("sends a browser to log in, and back with a session of that application", async () => {
    expect((await logIn("someone@elsewhere.com")).status).toBe(403);
    expect((await logIn("former@example.com")).status).toBe(403);
    const { cookie } = await logIn("me@example.com");
    expect(await claimsOf(assertionOf(await ask("/api/status", { cookie })))).toMatchObject({
      email: "me@example.com",
    });
    const [, session = ""] = cookie.split("=");
    expect(assertionOf(await ask("/api/status", { "cf-access-token": session }))).toBe(session);
    expect(statusOf(await ask("/api/status", { cookie: `${cookie}x` }))).toBe(302);
  });

  it("puts its own word in the place of the caller's where it protects", async () => {
    const forged = { ...asService(), "cf-access-jwt-assertion": "forged" };
    expect(assertionOf(await ask("/api/status", forged))).not.toBe("forged");
  });

  it("goes on with sessions of the key before a rotation, and tells both keys", async () => {
    const { cookie } = await logIn("me@example.com");
    const before = assertionOf(await ask("/api/status", asService()));
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${origin}/__local/access/rotate`, { method: "POST", headers })).status).toBe(200);
    const after = assertionOf(await ask("/api/status", asService()));
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    await claimsOf(before);
    await claimsOf(after);
    expect(statusOf(await ask("/api/status", { cookie }))).toBe("passes");
    await fetch(`${origin}/__local/access/rotate`, { method: "POST", headers });
    expect(statusOf(await ask("/api/status", { cookie }))).toBe(302);
    await expect(claimsOf(before)).rejects.toThrow();
  });

  it("takes a rotated service token's old secret until its time, and not after", async () => {
    const old = asService();
    const rotate = (previous_client_secret_expires_at: string, version: number) =>
      api.send("PUT", `/access/service_tokens/${service.id}`, {
        name: "ci",
        client_secret_version: version,
        previous_client_secret_expires_at,
      });
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    service = secret.parse((await rotate(inAnHour, 2)).result);
    expect(statusOf(await ask("/api/status", asService()))).toBe("passes");
    expect(statusOf(await ask("/api/status", old))).toBe("passes");
    expect((await rotate(new Date(Date.now() - 1).toISOString(), 2)).result).not.toHaveProperty("client_secret");
    expect(statusOf(await ask("/api/status", old))).toBe(403);
    expect(statusOf(await ask("/api/status", asService()))).toBe("passes");
  });
});

describe("what Access refuses to make", () => {
  it("is an application on workers.dev whose Worker does not exist, and one destination of two applications", async () => {
    const app = (name: string, uri: string) =>
      api.send("POST", "/access/apps", { type: "self_hosted", name, destinations: [{ type: "public", uri }] });
    expect((await app("a", "nobody.local.workers.dev/api")).errors[0]?.code).toBe(10007);
    expect(await app("b", "dashboard.example.com")).toMatchObject({ status: 409 });
  });
});
