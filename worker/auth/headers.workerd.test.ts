import { describe, expect, it } from "vitest";
import { adminToken, ask, declare, origin, stackToken } from "../testing/askTheDoor.ts";

const page = "https://app.example";
const preflight = (path: string, from: string) =>
  ask(path, {
    method: "OPTIONS",
    headers: {
      origin: from,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, content-type",
    },
  });
const allowed = (answer: Response) => answer.headers.get("access-control-allow-origin");

describe("security headers", () => {
  it.each([
    ["/", undefined],
    ["/health", undefined],
    ["/login", undefined],
    ["/nowhere", undefined],
    ["/api/status", undefined],
    ["/api/status", adminToken],
    ["/v1/models", undefined],
    ["/v1/models", stackToken],
    ["/v1/models?token=x", stackToken],
  ])("stand on %s with %s", async (path, token) => {
    const { headers } = await ask(path, { token });
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("strict-transport-security")).toMatch(/^max-age=\d{8}/);
  });

  it("leave a WebSocket whole", async () => {
    const answer = await ask("/v1/socket", { token: stackToken, headers: { upgrade: "websocket", origin } });
    const socket = answer.webSocket;
    expect([answer.status, socket]).toEqual([101, expect.anything()]);
    socket?.accept();
    const heard = new Promise((resolve) => socket?.addEventListener("message", ({ data }) => resolve(data)));
    socket?.send("hello");
    expect(await heard).toBe("heard hello");
    socket?.close();
  });
});

describe("pages of other origins", () => {
  it("may ask /v1 where their origin is declared, and only there", async () => {
    declare({ corsOrigins: [page] });
    const asked = await preflight("/v1/chat/completions", page);
    expect([asked.status, allowed(asked), asked.headers.get("access-control-allow-headers")]).toEqual([
      204,
      page,
      "authorization,content-type",
    ]);
    expect(asked.headers.get("access-control-allow-credentials")).toBeNull();
    for (const token of [stackToken, "wrong", undefined]) {
      const answer = await ask("/v1/models", { token, headers: { origin: page } });
      expect([allowed(answer), answer.headers.get("vary")]).toEqual([page, "Origin"]);
    }
    for (const other of ["https://app.example.evil.example", "http://app.example", "null"]) {
      expect(allowed(await preflight("/v1/models", other))).toBeNull();
      expect(allowed(await ask("/v1/models", { token: stackToken, headers: { origin: other } }))).toBeNull();
    }
    for (const path of ["/", "/health", "/login", "/api/status", "/nowhere"]) {
      expect(allowed(await preflight(path, page))).toBeNull();
      expect(allowed(await ask(path, { token: adminToken, headers: { origin: page } }))).toBeNull();
    }
  });

  it("may ask nothing where none is declared", async () => {
    const asked = await preflight("/v1/models", page);
    expect([asked.status, allowed(asked)]).toEqual([401, null]);
    expect(allowed(await ask("/v1/models", { token: stackToken, headers: { origin: page } }))).toBeNull();
  });
});
