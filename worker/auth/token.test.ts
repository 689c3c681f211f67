import { describe, expect, it } from "vitest";
import { bearerToken, isToken, requireToken } from "./token.ts";

const now = new Date("2026-11-21T12:00:00Z");
const admin = { name: "admin", secret: { current: "admin-token-of-today" } } as const;
const client = { name: "client", secret: { current: "client-token-of-today" } } as const;
const asking = (token?: string, url = "https://bot.example/api/status") =>
  new Request(url, token ? { headers: { authorization: `Bearer ${token}` } } : {});

describe("tokens", () => {
  it("lets the right token through", async () => {
    await expect(requireToken(asking("admin-token-of-today"), admin, client, now)).resolves.toBeUndefined();
  });

  it("answers 401 to a missing and to a wrong token", async () => {
    await expect(requireToken(asking(), admin, client, now)).rejects.toMatchObject({
      code: "tokenMissing",
      status: 401,
    });
    await expect(requireToken(asking("nonsense"), admin, client, now)).rejects.toMatchObject({ status: 401 });
  });

  it("answers 403 to the other door's token and says which one is wanted", async () => {
    const refused = requireToken(asking("client-token-of-today"), admin, client, now);
    await expect(refused).rejects.toMatchObject({ code: "wrongDoor", status: 403 });
    await expect(refused).rejects.toThrow(/client token.*admin token/);
  });

  it("refuses a token in the URL, even beside a right one", () => {
    const request = asking("admin-token-of-today", "https://bot.example/api/status?token=abc");
    expect(() => bearerToken(request)).toThrow(/URL/);
  });

  it("keeps the token before the current one valid until its time, and not after", async () => {
    const secret = {
      current: "new-token-0123456789",
      previous: "old-token-0123456789",
      previousUntil: now.toISOString(),
    };
    const before = new Date(now.getTime() - 1);
    expect(await isToken("old-token-0123456789", secret, before)).toBe(true);
    expect(await isToken("old-token-0123456789", secret, now)).toBe(false);
    expect(await isToken("new-token-0123456789", secret, now)).toBe(true);
  });
});
