import { describe, expect, it } from "vitest";
import { Output } from "./output.ts";
import { findTarget, fromEnvironment } from "./target.ts";

const url = "https://bot.example.com";

describe("the target from the environment", () => {
  it("takes address and tokens, without the slash at the end", () => {
    const target = fromEnvironment(`${url}/`, { TALARIA_ADMIN_TOKEN: "a", TALARIA_CLIENT_TOKEN: "c" });
    expect([target.url, target.token("admin"), target.token("client")]).toEqual([url, "a", "c"]);
  });

  it("takes OPENAI_API_KEY only when OPENAI_BASE_URL is this bot", () => {
    const other = fromEnvironment(url, { OPENAI_API_KEY: "sk-real" });
    expect(() => other.token("client")).toThrow("no client token");
    const same = fromEnvironment(url, { OPENAI_API_KEY: "c", OPENAI_BASE_URL: `${url}/v1` });
    expect(same.token("client")).toBe("c");
  });

  it("refuses to send a token in plain text over a network, but not on loopback", () => {
    expect(() => fromEnvironment("http://bot.example.com", {})).toThrow("plain text");
    for (const address of ["http://127.0.0.1:8787", "http://localhost:1", "http://bot.localhost", "http://[::1]:2"]) {
      expect(fromEnvironment(address, {}).url).toBe(address);
    }
  });

  it("refuses what is not an address", () => {
    expect(() => fromEnvironment("bot.example.com", {})).toThrow("TALARIA_URL bot.example.com is not");
  });

  it("does not fall back to stack local when only the token is set", async () => {
    const found = findTarget(undefined, { TALARIA_ADMIN_TOKEN: "a" }, new Output(true));
    await expect(found).rejects.toMatchObject({ code: "noUrl" });
  });
});
