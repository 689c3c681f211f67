import { describe, expect, it } from "vitest";
import { aFakeBot, failing, pathsOf } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const value = `talaria-client-${"v".repeat(43)}`;
const made = {
  ...{ name: "laptop", created: "2026-11-01T12:00:00.000Z", expires: "2027-01-30T12:00:00.000Z" },
  ...{ lastUsed: null, replaced: false, token: value },
};

describe("talaria token add", () => {
  it("prints the value alone, and beside it how long it is valid and what for", async () => {
    const bot = await aFakeBot({ "POST /api/tokens": () => made });
    const run = await talaria(["token", "add", "laptop", "--expires", "90d"], { bot });
    expect([run.code, run.stdout]).toEqual([0, `${value}\n`]);
    expect(run.stderr).toContain(`until 2027-01-30 12:00:00Z; it is shown this once`);
    expect(run.stderr).toContain(`OPENAI_BASE_URL=${bot.url}/v1`);
    expect(JSON.parse(bot.seen[0]?.body ?? "")).toEqual({ name: "laptop", expiresSeconds: 90 * 86_400 });
  });

  it("is valid for good without a time, and one object with --json", async () => {
    const bot = await aFakeBot({ "POST /api/tokens": () => ({ ...made, expires: null }) });
    const run = await talaria(["token", "add", "laptop", "--json"], { bot });
    expect([JSON.parse(run.stdout), run.stderr]).toEqual([{ ...made, expires: null }, ""]);
    expect(JSON.parse(bot.seen[0]?.body ?? "")).toEqual({ name: "laptop", expiresSeconds: null });
  });

  it("knows no time without a unit", async () => {
    const bot = await aFakeBot({});
    for (const time of ["90", "d", "-1d", "1y", "1.5h"]) {
      const run = await talaria(["token", "add", "laptop", `--expires=${time}`], { bot });
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("such as 90d")]);
    }
    expect(pathsOf(bot)).toEqual([]);
  });
});

describe("talaria token list", () => {
  it("shows names, ends and last uses, with nothing in it that moves a cursor", async () => {
    const { token: _token, ...known } = made;
    const tokens = [
      { ...known, name: "ci\u001b[2J", expires: "2026-11-02T12:00:00.000Z", replaced: true },
      { ...known, expires: null, lastUsed: "2026-11-01T13:00:00.000Z" },
      { ...known, name: "guest", expires: "2020-01-01T00:00:00.000Z" },
    ];
    const bot = await aFakeBot({ "GET /api/tokens": (_response, _request, n) => ({ tokens: n < 3 ? tokens : [] }) });
    const run = await talaria(["token", "list"], { bot });
    expect(run.stdout).not.toContain("\u001b");
    expect(run.stdout).toMatch(/^ci\\u001b\[2J {2}old value, end(s|ed) 2026-11-02 12:00:00Z {2}since /);
    expect(run.stdout).toMatch(/\nlaptop +for good +since 2026-11-01 12:00:00Z, used in the hour from 2026-11-01 13/);
    expect(run.stdout).toMatch(/\nguest +ended 2020-01-01 00:00:00Z +since 2026-11-01 12:00:00Z, used never\n$/);
    expect(JSON.parse((await talaria(["token", "list", "--json"], { bot })).stdout)).toEqual(tokens);
    expect((await talaria(["token", "list"], { bot })).stdout).toContain("no named tokens");
  });
});

describe("talaria token rotate", () => {
  it("prints the new value and says how long the old one is valid, a day unless told", async () => {
    const bot = await aFakeBot({ "POST /api/tokens/laptop/rotate": () => made });
    const run = await talaria(["token", "rotate", "laptop"], { bot });
    expect([run.stdout, run.stderr]).toEqual([`${value}\n`, expect.stringContaining("The old value ends ")]);
    const at = await talaria(["token", "rotate", "laptop", "--overlap", "0s"], { bot });
    expect(at.stderr).toContain("The old value is valid no more.");
    expect(bot.seen.map(({ body }) => JSON.parse(body))).toEqual([{ overlapSeconds: 86_400 }, { overlapSeconds: 0 }]);
  });
});

describe("talaria token revoke", () => {
  it("ends a token, and says what else went with it", async () => {
    const bot = await aFakeBot({
      "DELETE /api/tokens/laptop": (_response, _request, n) => ({ name: "laptop", revoked: n }),
    });
    const revoke = async () => (await talaria(["token", "revoke", "laptop"], { bot })).stdout;
    expect(await revoke()).toBe("laptop opens nothing any more\n");
    expect(await revoke()).toBe("laptop opens nothing any more, with 1 that a rotation had left\n");
  });

  it("passes on what the bot says to type instead", async () => {
    const next = "`pulumi config set --path talaria:secretVersions.clientToken 2`, then `pulumi up`, rotates it.";
    const refused = failing(409, { code: "clientTokenOfStack", message: "It is the stack's own.", next });
    const bot = await aFakeBot({ "DELETE /api/tokens/stack": refused });
    const run = await talaria(["token", "revoke", "stack", "--json"], { bot });
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stderr).error).toMatchObject({ code: "clientTokenOfStack", next });
  });

  it("takes a name as one part of the path, whatever stands in it", async () => {
    const bot = await aFakeBot({});
    await talaria(["token", "revoke", "../stop"], { bot });
    expect(pathsOf(bot)).toEqual(["DELETE /api/tokens/..%2Fstop"]);
  });
});

describe("talaria logout", () => {
  it("ends the sessions of all browsers", async () => {
    const bot = await aFakeBot({ "DELETE /api/sessions": () => ({ ended: 2 }) });
    expect((await talaria(["logout"], { bot })).stdout).toBe("2 sessions ended\n");
  });
});
