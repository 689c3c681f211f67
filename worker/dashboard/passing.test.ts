import { describe, expect, it } from "vitest";
import { inward, outward, withStandInAside } from "./passing.ts";

const asked = (url: string, headers: Record<string, string> = {}) => new Request(url, { headers });

describe("a request on its way to Hermes' dashboard", () => {
  it("leaves every credential of the front door behind, and who asks from where", () => {
    const secrets = {
      authorization: "Bearer x",
      cookie: "__Host-talaria-session=x",
      "cf-access-jwt-assertion": "x",
      "cf-connecting-ip": "1.2.3.4",
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-prefix": "/forged",
      "x-talaria-dashboard-key": "forged",
      "x-talaria-port": "3000",
      referer: "https://bot.example/login?next=x",
    };
    const { headers } = inward(asked("https://bot.example/x", { ...secrets, accept: "text/html" }), "", null);
    expect([...headers]).toEqual([["accept", "text/html"]]);
  });

  it("has the path that it has in Hermes, and says what stands before it outside", () => {
    const below = inward(asked("https://bot.example/dashboard/api/a%2Fb?c=d"), "/dashboard", null);
    expect(below.url).toBe("http://agent/dashboard/api/a%2Fb?c=d");
    expect(below.headers.get("x-forwarded-prefix")).toBe("/dashboard");
    const root = inward(asked("https://hermes.example/api/x"), "", null);
    expect([root.url, root.headers.get("x-forwarded-prefix")]).toEqual(["http://agent/dashboard/api/x", null]);
  });

  it("carries the stand-in for Hermes' token in a header, not in its URL; any other token stays where it will be refused", () => {
    const aside = withStandInAside(asked("https://bot.example/dashboard/api/ws?a=b&token=held-inside"));
    expect([aside.url, aside.headers.get("x-hermes-session-token")]).toEqual([
      "https://bot.example/dashboard/api/ws?a=b",
      "held-inside",
    ]);
    const other = asked("https://bot.example/dashboard/api/ws?token=talaria-admin-x");
    expect(withStandInAside(other)).toBe(other);
  });
});

describe("an answer of Hermes' dashboard", () => {
  const answer = (headers: Record<string, string>, status = 200) =>
    outward(new Response("", { status, headers }), "/dashboard");

  it("sets no cookie and none of our headers on this origin", () => {
    const { headers } = answer({
      "set-cookie": "__Host-talaria-session=forged",
      "clear-site-data": '"cookies"',
      "service-worker-allowed": "/",
      "x-talaria-waiting": "1",
      "content-type": "text/css",
    });
    expect([...headers.keys()].sort()).toEqual(["content-security-policy", "content-type"]);
  });

  it("loads and sends nothing elsewhere, unless Hermes says its own policy", () => {
    expect(answer({}).headers.get("content-security-policy")).toMatch(/default-src 'self';.*frame-ancestors 'none'/);
    expect(answer({ "content-security-policy": "x" }).headers.get("content-security-policy")).toBe("x");
  });

  it.each([
    ["/sessions", "/dashboard/sessions"],
    ["/dashboard/sessions", "/dashboard/sessions"],
    ["http://127.0.0.1:40123/sessions", "/dashboard/sessions"],
    ["http://127.0.0.1:40123", "/dashboard/"],
    ["//evil.example/x", "//evil.example/x"],
    ["https://auth.example/", "https://auth.example/"],
  ])("that redirects to %s leads to %s", (location, led) => {
    expect(answer({ location }, 307).headers.get("location")).toBe(led);
  });
});
