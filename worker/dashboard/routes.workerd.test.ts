import { describe, expect, it } from "vitest";
import { adminToken, ask, codeOf, declare, loggedIn, stackToken } from "../testing/askTheDoor.ts";

const admin = { authorization: `Bearer ${adminToken}` };
const opening = { accept: "text/html", "sec-fetch-dest": "document" };

describe("the dashboard's door", () => {
  it("sends a browser without a credential to the log-in, and back", async () => {
    const answer = await ask("/dashboard/sessions?x=1", { headers: opening });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      302,
      "/login?next=%2Fdashboard%2Fsessions%3Fx%3D1",
    ]);
  });

  it.each(["/dashboard/", "/dashboard/api/ws", "/dashboard/.talaria/progress"])(
    "refuses anyone else at %s",
    async (path) => {
      expect((await ask(path)).status).toBe(401);
      expect((await ask(path, { headers: { authorization: `Bearer ${stackToken}` } })).status).toBe(403);
      expect((await ask(path, { headers: opening, bindings: {} })).status).toBe(503);
    },
  );

  it("passes pages of Hermes on, without the operator's credential, with a policy of their own", async () => {
    const answer = await ask("/dashboard/page?a=b", { headers: { ...admin, ...opening, cookie: "a=b" } });
    expect(await answer.json()).toEqual({
      url: "http://agent/dashboard/page?a=b",
      names: ["accept", "sec-fetch-dest", "x-forwarded-prefix", "x-request-id"],
    });
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("takes the stand-in for Hermes' token in a WebSocket's URL, and no other token", async () => {
    const answer = await ask("/dashboard/page?token=held-inside", { headers: admin });
    expect(await answer.json()).toMatchObject({
      url: "http://agent/dashboard/page",
      names: expect.arrayContaining(["x-hermes-session-token"]),
    });
    expect((await ask("/dashboard/page?token=talaria-admin-x", { headers: admin })).status).toBe(400);
  });

  it("passes a WebSocket both ways", async () => {
    const answer = await ask("/dashboard/socket", { headers: { ...admin, upgrade: "websocket" } });
    expect(answer.status).toBe(101);
    const socket = answer.webSocket;
    socket?.accept();
    const heard = new Promise((resolve) => socket?.addEventListener("message", ({ data }) => resolve(data)));
    socket?.send("a frame");
    expect(await heard).toBe("heard a frame");
    socket?.close();
  });

  it("shows a person a page that waits, and tells a program when to come back", async () => {
    const page = await ask("/dashboard/asleep", { headers: { ...admin, ...opening } });
    const text = await page.text();
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const nonce = /script-src 'nonce-([0-9a-f-]{36})'/.exec(page.headers.get("content-security-policy") ?? "")?.[1];
    expect(nonce).toBeDefined();
    expect(text).toContain(`<script nonce="${nonce}">`);
    expect(text).toContain('data-root="/dashboard"');
    const program = await ask("/dashboard/asleep", { headers: admin });
    expect([program.status, program.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await program.json()).toMatchObject({ error: { code: "dashboardAsleep" } });
    const prefetch = await ask("/dashboard/asleep", { headers: { ...admin, ...opening, "sec-purpose": "prefetch" } });
    expect(prefetch.status).toBe(503);
  });

  it("says by which log-in a page came, so that what it holds open ends with that", async () => {
    const cookie = await loggedIn();
    const answer = await ask("/dashboard/page", { headers: { cookie, "x-talaria-session": "forged" } });
    expect(await answer.json()).toMatchObject({ names: expect.arrayContaining(["x-talaria-session"]) });
    const byToken = await ask("/dashboard/page", { headers: { ...admin, "x-talaria-session": "forged" } });
    expect(await byToken.json()).toMatchObject({ names: expect.not.arrayContaining(["x-talaria-session"]) });
  });

  it("begins a wake by a POST alone, and tells how far it is", async () => {
    const begun = await ask("/dashboard/.talaria/open", {
      method: "POST",
      headers: { ...admin, accept: "application/json" },
    });
    expect([begun.status, await begun.json()]).toEqual([202, { begun: true }]);
    const form = await ask("/dashboard/.talaria/open", { method: "POST", headers: { ...admin, ...opening } });
    expect([form.status, form.headers.get("location")]).toEqual([303, "/dashboard/"]);
    const progress = await ask("/dashboard/.talaria/progress", { headers: admin });
    expect(await progress.json()).toMatchObject({ state: "absent", underWay: true });
  });

  it.each(["gateway/restart", "gateway/stop", "gateway/start", "hermes/update"])(
    "leaves %s to Talaria: a gateway that nothing looks after would be a second one",
    async (path) => {
      const answer = await ask(`/dashboard/api/${path}`, { method: "POST", headers: admin });
      expect([answer.status, await answer.json()]).toMatchObject([409, { error: { code: "dashboardManaged" } }]);
      expect((await ask(`/dashboard/api/${path}`, { headers: admin })).status).toBe(200);
    },
  );

  it("refuses a body that is too large", async () => {
    const headers = { ...admin, "content-length": "100000001" };
    const answer = await ask("/dashboard/api/files", { method: "POST", headers, body: "x" });
    expect(answer.status).toBe(413);
  });

  it("refuses a WebSocket that a page of another origin opens with an operator's cookie", async () => {
    const cookie = await loggedIn();
    const from = (origin: string) =>
      ask("/dashboard/socket", { headers: { cookie, origin, upgrade: "websocket" } }).then(({ status }) => status);
    expect([await from("https://bot.example"), await from("https://evil.example")]).toEqual([101, 403]);
  });
});

describe("a dashboard with a hostname of its own", () => {
  const at = "https://hermes.example";

  it("answers at its root, and there nothing else of ours but the log-in does", async () => {
    declare({ dashboard: { hostname: "hermes.example" } });
    for (const path of ["/", "/api/status", "/health", "/v1/models", "/openapi.json"]) {
      expect((await ask(at + path)).status).toBe(401);
      const answer = await ask(at + path, { headers: admin });
      expect(await answer.json()).toMatchObject({ url: `http://agent/dashboard${path}`, names: ["x-request-id"] });
    }
    const page = await ask(`${at}/sessions`, { headers: opening });
    expect(page.headers.get("location")).toBe("/login?next=%2Fsessions");
    expect(await (await ask(`${at}/login`, { headers: opening })).text()).toContain("<form");
    const waiting = await ask(`${at}/asleep`, { headers: { ...admin, ...opening } });
    expect(await waiting.text()).toContain('data-root=""');
  });

  it("leads pages there from the bot's own address, where none of Hermes' is served any more", async () => {
    declare({ dashboard: { hostname: "hermes.example" } });
    const page = await ask("/dashboard/sessions?a=b", { headers: opening });
    expect([page.status, page.headers.get("location")]).toEqual([302, "https://hermes.example/sessions?a=b"]);
    expect((await ask("/dashboard/api/sessions")).status).toBe(401);
    const refused = await ask("/dashboard/api/sessions", { headers: admin });
    expect([refused.status, await codeOf(refused)]).toEqual([409, "dashboardElsewhere"]);
  });
});
