import { describe, expect, it } from "vitest";
import { aFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const leaf = (path: string, value: unknown, source: string, drift: string | null = null) => ({
  path,
  value,
  source,
  drift,
  at: source === "talaria" ? null : "2020-01-01T00:00:00Z",
});
const said = {
  ...{ stack: "prod", looked: true, applied: true, problem: null },
  leaves: [
    leaf("agent.max_turns", 9, "declared", "the home's config.yaml says 3, which does not count"),
    leaf("agent.verbose", true, "agent"),
    leaf("display.skin", "mono\u001b[2J", "user"),
    leaf("terminal.backend", "talaria", "talaria"),
  ],
  secrets: [
    {
      ...{ name: "adminToken", origin: "generated", fingerprint: "a1b2c3", since: "2020-01-01T00:00:00.000Z" },
      ...{ overlapUntil: "2020-01-02T00:00:00.000Z", inGateway: false },
    },
    {
      ...{ name: "slackBotToken", origin: "configured", fingerprint: "0d0e0f", since: "2020-01-01T00:00:00.000Z" },
      ...{ overlapUntil: null, inGateway: true },
    },
  ],
};
const bot = (change: Partial<typeof said> = {}) => aFakeBot({ "GET /api/config": () => ({ ...said, ...change }) });

describe("talaria config", () => {
  it("shows what the stack declares and what was set by hand, with what does not count", async () => {
    const { stdout } = await talaria(["config"], { bot: await bot() });
    expect(stdout).toMatch(
      /^path +value +from +since\nagent\.max_turns +9 +declared +\d+ days ago\n {4}the home's config\.yaml says 3/,
    );
    expect(stdout).toContain("display.skin");
    expect(stdout).toMatch(/^agent\.verbose +true +agent +\d+ days ago$/m);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("terminal.backend");
    expect((await talaria(["config", "--all"], { bot: await bot() })).stdout).toContain("terminal.backend");
  });

  it("shows with --drift only what differs, and says where nothing does", async () => {
    const { stdout } = await talaria(["config", "--drift", "--json"], { bot: await bot() });
    expect(JSON.parse(stdout)).toEqual([said.leaves[0]]);
    expect((await talaria(["config", "--drift"], { bot: await bot({ leaves: [] }) })).stdout).toBe("no difference\n");
  });

  it("says what it could not see", async () => {
    const down = await talaria(["config"], { bot: await bot({ looked: false }) });
    expect(down.stdout).toContain("The bot is down: this is what the stack declares.");
    const behind = await talaria(["config"], { bot: await bot({ applied: false }) });
    expect(behind.stdout).toContain("./talaria restart --gateway");
  });
});

describe("talaria config secrets", () => {
  it("names each secret, where it is and since when, by a fingerprint", async () => {
    const { stdout } = await talaria(["config", "secrets"], { bot: await bot() });
    expect(stdout).toMatch(/adminToken +the stack +Worker +a1b2c3 .*the one before valid until 2020-01-02 00:00:00Z\n/);
    expect(stdout).toMatch(/slackBotToken +its config +Worker, gateway +0d0e0f /);
  });
});
