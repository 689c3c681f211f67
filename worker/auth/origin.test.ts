import { describe, expect, it } from "vitest";
import { requireOwnPage } from "./origin.ts";

const cookieRules = { mayLackOrigin: false };
const accessRules = { mayLackOrigin: true };

/** Whether it passes. */
function passes(method: string, headers: Record<string, string>, rules = cookieRules): boolean {
  try {
    requireOwnPage(new Request("https://bot.example/api/stop", { method, headers }), rules);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "foreignOrigin", status: 403 });
    return false;
  }
}

describe("a request that a browser proves by itself", () => {
  it.each([
    ["POST", { origin: "https://bot.example" }, true],
    ["POST", { origin: "https://evil.example" }, false],
    ["POST", { origin: "https://bot.example.evil.example" }, false],
    ["POST", { origin: "http://bot.example" }, false],
    ["POST", { origin: "https://bot.example:8443" }, false],
    ["POST", { origin: "null" }, false],
    ["DELETE", {}, false],
    ["GET", { upgrade: "websocket", origin: "https://evil.example" }, false],
    ["GET", { upgrade: "WebSocket" }, false],
    ["GET", { upgrade: "websocket", origin: "https://bot.example" }, true],
    ["GET", {}, true],
    ["GET", { origin: "https://evil.example" }, false],
    ["GET", { "sec-fetch-site": "same-origin" }, true],
    ["GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, false],
    ["GET", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, false],
    ["GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, true],
    ["POST", { origin: "https://bot.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, false],
  ])("%s with %o passes: %s", (method, headers, expected) => {
    expect(passes(method, headers)).toBe(expected);
  });

  it("may come without an origin only where a program may ask, too", () => {
    expect(passes("POST", {}, accessRules)).toBe(true);
    expect(passes("POST", { origin: "https://evil.example" }, accessRules)).toBe(false);
  });
});
