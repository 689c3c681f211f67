import { describe, expect, it } from "vitest";
import { opensPage } from "./browser.ts";

describe("a person who opens a page", () => {
  const opens = (headers: Record<string, string>, method = "GET") =>
    opensPage(new Request("https://bot.example/dashboard/", { method, headers }));

  it("is told from scripts, assets, prefetches and programs", () => {
    expect(opens({ accept: "text/html,*/*", "sec-fetch-dest": "document" })).toBe(true);
    expect(opens({ accept: "text/html" })).toBe(true);
    expect(opens({ accept: "*/*" })).toBe(false);
    expect(opens({ accept: "text/html", "sec-fetch-dest": "iframe" })).toBe(false);
    expect(opens({ accept: "text/html", "sec-purpose": "prefetch;prerender" })).toBe(false);
    expect(opens({ accept: "text/html", purpose: "prefetch" })).toBe(false);
    expect(opens({ accept: "text/html" }, "POST")).toBe(false);
  });
});
