/** Requests that no client of ours sends: whatever comes, the front door answers, and never with a defect. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "./app.ts";
import type { Env } from "./env.ts";
import { routes } from "./routes/table.ts";

const secret = (current: string) => JSON.stringify({ current });
const bindings = {
  ...(env as Env),
  ADMIN_TOKEN: secret("admin-token-0123456789"),
  CLIENT_TOKEN: secret("client-token-0123456789"),
};
const tokens = { none: undefined, admin: "admin-token-0123456789", client: "client-token-0123456789" };

/** @param path as it stands in the request, not encoded again */
async function ask(path: string, { headers, ...init }: RequestInit = {}, token?: string) {
  const all = new Headers(headers);
  if (token !== undefined && !all.has("authorization")) all.set("authorization", `Bearer ${token}`);
  const answer = await app.fetch(new Request(`https://bot.example${path}`, { ...init, headers: all }), bindings);
  await answer.body?.cancel();
  return answer.status;
}
/** Those that a test may ask for without an Agent that does it. */
const asked = routes.filter(({ method }) => method === "get").map(({ path }) => path.replaceAll(/\{\w+\}/g, "x"));
const isNoDefect = (status: number) => status < 500 || status === 503;

describe("whatever comes to the front door", () => {
  const odd = ["PATCH", "PROPFIND", "MKCOL", "PURGE", "get", "QUERY", "SEARCH", "LOCK"];
  it.each(odd)("as the method %s", async (method) => {
    for (const path of ["/", "/health", "/nope", ...asked]) {
      for (const token of Object.values(tokens)) expect(await ask(path, { method }, token)).toSatisfy(isNoDefect);
    }
  });

  const strange = [
    "//",
    "//api/status",
    "/api//status",
    "/api/status/",
    "/api/status//",
    "/api/../api/status",
    "/api/%2e%2e/%2e%2e/etc/passwd",
    "/api/%2E%2e/status",
    "/api%2fstatus",
    "/API/STATUS",
    "/api/runs/%00",
    "/api/runs/%",
    "/api/runs/%zz",
    "/api/runs/%ff%fe",
    "/api/runs/%c3%28",
    "/api/runs/%F0%9F%A6%84",
    "/api/runs/..%2f..%2f",
    `/api/runs/${"a".repeat(8_000)}`,
    "/api/exports/export-%0a",
    "/api/exec/sessions/%00/list",
    "/api/exec/sessions/../list",
    "/api/exec/sessions/%2e%2e/file?path=../../etc/passwd",
    "/api/exec/sessions/x/list?path=%00",
    "/api/exec/sessions/x/list?path=%ff",
    "/api/logs?tail=1e309",
    "/api/logs?tail=-0",
    "/api/logs?tail[]=1",
    "/api/logs?tail=1&tail=2",
    "/api/logs?__proto__=1&constructor=2",
    "/api/audit?since=9007199254740993&limit=1",
    "/api/audit?since=NaN",
    "/api/audit?session=%27%20OR%201=1--",
    "/api/snapshots/diff?from=&to=",
    "/health?%",
    "/health?%00=%00",
    "/openapi.json?=&&==",
    "/v1",
    "/v1/",
    "/v1/%00",
    "/v1/../api/status",
    "/v1/%2e%2e/api/status",
    "/v1/%2fapi%2fstatus",
    "/;/",
    "/\\..\\api\\status",
    "/%5c..%5capi",
    "/ü/🦄",
  ];
  it.each(strange)("as the path %j", async (path) => {
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
      for (const token of Object.values(tokens)) expect(await ask(path, { method }, token)).toSatisfy(isNoDefect);
    }
  });

  it("opens nothing to a path that only resembles one", async () => {
    for (const path of strange) expect([path, await ask(path, {}, undefined)]).not.toEqual([path, 500]);
    for (const path of ["/api/../api/status", "//api/status", "/api%2fstatus", "/API/STATUS", "/v1/../api/status"])
      expect([401, 404]).toContain(await ask(path));
  });

  const headers: readonly (readonly [string, Record<string, string>])[] = [
    ["a long one", { "x-long": "a".repeat(16_384) }],
    ["many", Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x-${n}`, "v".repeat(32)]))],
    ["a long token", { authorization: `Bearer ${"a".repeat(16_384)}` }],
    ["a token of no alphabet", { authorization: "Bearer \u00ff\u00fe" }],
    ["no scheme", { authorization: "admin-token-0123456789" }],
    ["another scheme", { authorization: "Basic YTpi" }],
    ["two tokens", { authorization: "Bearer admin-token-0123456789, Bearer x" }],
    ["an empty one", { authorization: "" }],
    ["a request id to spoil a log", { "x-request-id": `"}\t{"level":"error"${"x".repeat(4_000)}` }],
    ["a length that lies", { "content-length": "-1" }],
    ["a length that is none", { "content-length": "ten" }],
    ["a huge length", { "content-length": "99999999999999999999" }],
    ["a type that is none", { "content-type": ";;;=\u00e9" }],
    ["another encoding", { "content-encoding": "br, gzip, zstd", "transfer-encoding": "chunked, identity" }],
    ["another host", { host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "for=_x;host=y" }],
    ["an upgrade", { upgrade: "websocket", connection: "upgrade", "sec-websocket-key": "%" }],
    ["a range", { range: "bytes=5-1,--,9999999999999999999999-" }],
    ["an event to go on with", { "last-event-id": "💥".replace(/./gu, "x").repeat(9) }],
    ["cookies", { cookie: `__Host-talaria-session=${"%".repeat(3_000)}; ;=; a` }],
    ["an assertion that is none", { "cf-access-jwt-assertion": "a.b.c" }],
    ["an origin", { origin: "null", "access-control-request-method": "DELETE" }],
  ];
  it.each(headers)("with %s", async (_what, headers) => {
    for (const path of ["/", "/api/status", "/api/logs", "/api/exec/sessions/x/list", "/v1/models", "/nope"]) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const body = method === "POST" ? "{}" : undefined;
        for (const token of Object.values(tokens))
          expect(await ask(path, { method, headers, ...(body && { body }) }, token)).toSatisfy(isNoDefect);
      }
    }
  });
});
