import { describe, expect, it } from "vitest";
import { adminToken, ask, codeOf, declare, loggedIn, origin, secrets } from "../testing/askTheDoor.ts";
import { clock } from "../testing/testWorker.ts";

const login = (token: string, more: Record<string, string> = {}, headers: Record<string, string> = { origin }) =>
  ask("/login", { method: "POST", body: new URLSearchParams({ token, ...more }), headers });
const status = async (cookie: string, asked = {}) =>
  (await ask("/api/status", { headers: { cookie }, ...asked })).status;

describe("logging in", () => {
  it("shows a form that runs no script, goes nowhere else and is never kept", async () => {
    const answer = await ask("/login?next=/dashboard/x");
    const page = await answer.text();
    expect(page).toContain('<input type="hidden" name="next" value="/dashboard/x">');
    expect(page).toContain('<label for="token">');
    expect(page).not.toContain("<script");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[\w-]+'; form-action 'self'; base-uri 'none'/);
    expect(page).toContain(`<style nonce="${/nonce-([\w-]+)/.exec(policy)?.[1]}">`);
  });

  it("gives a cookie that scripts and other sites never see, and the cookie opens /api", async () => {
    const answer = await login(adminToken, { next: "/dashboard/sessions?a=1" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/dashboard/sessions?a=1"]);
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^__Host-talaria-session=[\w-]{43}\.[\w%]+; /);
    const flags = cookie.split("; ").slice(1).sort();
    expect(flags).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict", "Secure"]);
    expect(cookie).not.toContain(adminToken);
    expect(await status(cookie.split(";")[0] ?? "")).toBe(200);
  });

  it("takes a wrong token nowhere, and says so in the form", async () => {
    const answer = await login("wrong-<b>", { next: "/x" }, { origin, accept: "text/html" });
    const page = await answer.text();
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
    expect(page).toContain('role="alert" id="wrong">This token is not valid here.');
    expect(page).not.toContain("wrong-<b>");
    expect(await codeOf(await login("wrong"))).toBe("tokenRefused");
    expect(await codeOf(await login("client-token-0123456789"))).toBe("tokenRefused");
  });

  it.each([
    ["//evil.example/x", "/console"],
    ["/\\evil.example", "/console"],
    ["https://evil.example/", "/console"],
    ["/\t/evil.example", "/console"],
    ["/.//evil.example", "/evil.example"],
    ["javascript:alert(1)", "/console"],
    ["dashboard", "/console"],
    ["", "/console"],
    ['/"><script>', "/%22%3E%3Cscript%3E"],
    ["/dashboard?next=//evil.example", "/dashboard?next=//evil.example"],
  ])("goes on to a path of its own only: %j leads to %s", async (next, location) => {
    expect((await login(adminToken, { next })).headers.get("location")).toBe(location);
    expect(await (await ask(`/login?${new URLSearchParams({ next })}`)).text()).toContain(`value="${location}"`);
  });

  it("leads to the console, and at the dashboard's own hostname to the dashboard", async () => {
    declare({ dashboard: { hostname: "Dash.example" } });
    expect((await login(adminToken)).headers.get("location")).toBe("/console");
    const body = new URLSearchParams({ token: adminToken });
    expect((await ask("https://dash.example/login", { method: "POST", body })).headers.get("location")).toBe("/");
  });

  it("is refused to a page of another site, over plain http, and as anything but a small form", async () => {
    expect(await codeOf(await login(adminToken, {}, { origin: "https://evil.example" }))).toBe("foreignOrigin");
    const plain = { method: "POST", body: new URLSearchParams({ token: adminToken }) };
    expect(await codeOf(await ask("http://bot.example/login", plain))).toBe("plainHttp");
    expect(await codeOf(await ask("http://bot.example/login"))).toBe("plainHttp");
    expect(await codeOf(await login("x".repeat(20_000)))).toBe("bodyTooLarge");
    expect(await codeOf(await ask("/login", { method: "POST", body: JSON.stringify({ token: adminToken }) }))).toBe(
      "badRequest",
    );
  });

  it("works on loopback without https, where no cookie can be bound to a host", async () => {
    const cookie = await loggedIn("http://127.0.0.1:8787");
    expect(cookie).toMatch(/^talaria-session=/);
    expect((await ask("http://127.0.0.1:8787/api/status", { headers: { cookie } })).status).toBe(200);
    expect(await status(cookie)).toBe(401);
  });

  it("is shut without the admin token or the session's key (I10)", async () => {
    for (const missing of ["ADMIN_TOKEN", "SESSION_KEY"]) {
      const bindings = { ...secrets, [missing]: undefined };
      const answer = await ask("/login", {
        method: "POST",
        body: new URLSearchParams({ token: "undefined" }),
        bindings,
      });
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining(missing)]);
    }
  });
});

describe("a session", () => {
  it("lets no other site act with it", async () => {
    const cookie = await loggedIn();
    const wake = (headers: object) => ask("/api/import", { method: "POST", headers: { cookie, ...headers } });
    expect(await codeOf(await wake({}))).toBe("foreignOrigin");
    expect(await codeOf(await wake({ origin: "https://evil.example" }))).toBe("foreignOrigin");
    expect(await codeOf(await wake({ origin }))).toBe("importMode");
    const upgrade = { upgrade: "websocket", origin: "https://evil.example" };
    expect(await codeOf(await ask("/api/status", { headers: { cookie, ...upgrade } }))).toBe("foreignOrigin");
  });

  it("is over after twelve hours", async () => {
    const cookie = await loggedIn();
    clock.aheadMs = 12 * 3_600_000 - 5_000;
    expect(await status(cookie)).toBe(200);
    clock.aheadMs = 12 * 3_600_000 + 5_000;
    const answer = await ask("/api/status", { headers: { cookie } });
    clock.aheadMs = 0;
    expect(await codeOf(answer)).toBe("sessionOver");
  });

  it("is over when it logs out, which takes the cookie", async () => {
    const [mine, other] = [await loggedIn(), await loggedIn()];
    const logout = (headers: object) => ask("/logout", { method: "POST", headers: { cookie: mine, ...headers } });
    expect(await codeOf(await logout({ origin: "https://evil.example" }))).toBe("foreignOrigin");
    expect(await status(mine)).toBe(200);
    const answer = await logout({ origin });
    expect(answer.headers.get("set-cookie")).toMatch(/^__Host-talaria-session=; Max-Age=0; Path=\/; .*Secure/);
    expect([await status(mine), await status(other)]).toEqual([401, 200]);
    const again = await logout({ origin });
    expect([again.status, again.headers.get("location")]).toEqual([303, "/login"]);
  });

  it("is no session where its id was made up, or another key signed it", async () => {
    const cookie = await loggedIn();
    const [name, value = ""] = cookie.split("=");
    const [id = "", signature = ""] = decodeURIComponent(value).split(".");
    const flipped = `${id.startsWith("A") ? "B" : "A"}${id.slice(1)}`;
    for (const forged of [id, `${flipped}.${signature}`, `${id}.${"A".repeat(43)}=`, `${id}.`]) {
      expect(await status(`${name}=${encodeURIComponent(forged)}`)).toBe(401);
    }
    const SESSION_KEY = JSON.stringify({ current: "another-key-0123456789" });
    expect(await status(cookie, { bindings: { ...secrets, SESSION_KEY } })).toBe(401);
  });

  it("outlives a rotation of the session's key for its overlap, and of the admin token as long as that lives", async () => {
    const cookie = await loggedIn();
    const rotated = (previous: string, ms: number) =>
      JSON.stringify({
        ...{ current: "another-value-0123456789", previous },
        previousUntil: new Date(Date.now() + ms).toISOString(),
      });
    const withKey = (ms: number) => ({ ...secrets, SESSION_KEY: rotated("session-key-0123456789", ms) });
    expect(await status(cookie, { bindings: withKey(60_000) })).toBe(200);
    expect(await status(cookie, { bindings: withKey(-1) })).toBe(401);
    const withToken = (ms: number) => ({ ...secrets, ADMIN_TOKEN: rotated(adminToken, ms) });
    expect(await status(cookie, { bindings: withToken(60_000) })).toBe(200);
    expect(await status(cookie, { bindings: withToken(-1) })).toBe(401);
  });
});
