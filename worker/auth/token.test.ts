import { describe, expect, it } from "vitest";
import { BotError } from "../errors.ts";
import { bearerToken, isToken, opens, opensOther } from "./token.ts";

const now = new Date("2026-11-21T12:00:00Z");
const asking = (authorization?: string) =>
  new Request("https://bot.example/api/status", authorization ? { headers: { authorization } } : {});

describe("tokens", () => {
  it("are read from the header alone, in its one form", () => {
    expect(bearerToken(asking("Bearer abc"))).toBe("abc");
    expect(bearerToken(asking("bearer  abc"))).toBe("abc");
    for (const other of [undefined, "Basic abc", "abc", "Bearer", "Bearer a b"]) {
      expect(bearerToken(asking(other))).toBeUndefined();
    }
  });

  it("keep the token before the current one valid until its time, and not after", async () => {
    const secret = {
      current: "new-token-0123456789",
      previous: "old-token-0123456789",
      previousUntil: now.toISOString(),
    };
    const before = new Date(now.getTime() - 1);
    expect(await isToken("old-token-0123456789", secret, before)).toBe(true);
    expect(await isToken("old-token-0123456789", secret, now)).toBe(false);
    expect(await isToken("new-token-0123456789", secret, now)).toBe(true);
    expect(await isToken("new-token-012345678", secret, now)).toBe(false);
  });

  it("open no door whose secret is missing, too short or malformed (I10)", async () => {
    for (const secret of [undefined, "", "admin-token-0123456789", '{"current":"short"}', "{}"]) {
      const env = secret === undefined ? {} : { ADMIN_TOKEN: secret };
      for (const token of ["admin-token-0123456789", "short", "undefined", ""]) {
        await expect(opens(env, "adminToken", token)).rejects.toEqual(
          new BotError("notConfigured", { setting: "ADMIN_TOKEN" }),
        );
        expect(await opensOther(env, "adminToken", token)).toBe(false);
      }
    }
  });
});
