/**
 * What a person looks at after a deployment, of a bot whose model is Codex by Hermes' own login: the declared image runs, once, as a gateway;
 * its dashboard is up; it answers, and a turn that the gateway begins by itself has the credentials of one from the command line. Only
 * Hermes 0.19.0 has the dashboard's pages built in.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type RunningCodex, startCodex } from "../local/codex/server.ts";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { eventually } from "./eventually.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { modelRequests } from "./modelLedger.ts";

const minute = 60_000;

let codex: RunningCodex;
let local: LocalSystem;
let bot: Bot;
let up: string;

const deployedSchema = z.looseObject({
  images: z.object({ hermes: z.object({ declared: z.string(), running: z.string() }) }),
  runsDeclared: z.boolean(),
  model: z.object({ default: z.string(), proxied: z.boolean() }),
});

beforeAll(async () => {
  codex = await startCodex();
  local = await startLocal({ hermes: "0.19.0" });
  bot = new Bot(local);
  const trusted = path.join(local.stateDir, "codex.pem");
  await fs.writeFile(trusted, codex.certificate);
  // Its access token is over: Hermes refreshes it at its first use.
  await fs.writeFile(path.join(local.stateDir, "auth.json"), authFile(codex.login(0)), { mode: 0o600 });
  const plain: Readonly<Record<string, string>> = {
    "model.default": "openai-codex/gpt-5.4",
    authFile: path.join(local.stateDir, "auth.json"),
    authFileForceOverwrite: "true",
    "environment.HTTPS_PROXY": codex.proxyUrl,
    "environment.NO_PROXY": "127.0.0.1,localhost",
    "environment.SSL_CERT_FILE": trusted,
  };
  for (const [key, value] of Object.entries(plain))
    mustPass(await local.pulumi(["config", "set", "--path", `talaria:${key}`, value]));
  up = mustPass(await local.pulumi(["up", "--yes", "--skip-preview"])).output;
}, 10 * minute);
afterAll(async () => {
  await local?.stop();
  await codex?.close();
});

function authFile({ access_token, refresh_token }: ReturnType<RunningCodex["login"]>): string {
  const login = { tokens: { access_token, refresh_token }, last_refresh: "2026-11-01T00:00:00Z", auth_mode: "chatgpt" };
  return JSON.stringify({ version: 1, providers: { "openai-codex": login }, active_provider: "openai-codex" });
}

/** Answers of Codex so far, without those that Hermes asks for itself. */
const answered = () => codex.ledger().filter(({ api, auxiliary }) => api === "responses" && !auxiliary);

/** The login behind what was asked last. */
const lastLogin = () => codex.taken.at(-1);

describe("a deployed bot with a model of openai-codex", () => {
  it("runs the declared image, as one gateway, and is not started again and again", async () => {
    const before = await bot.gateway();
    const status = deployedSchema.parse(await (await local.api("/api/status")).json());
    expect(status.images.hermes.running).toBe(status.images.hermes.declared);
    expect(status.runsDeclared).toBe(true);
    expect(mustPass(await local.talaria(["logs", "--source", "gateway", "--tail", "2000"])).stdout).toContain(
      "Starting Hermes Gateway",
    );
    for (let ticks = 0; ticks < 2; ticks++) await bot.cron();
    expect(await bot.gateway()).toBe(before);
  });

  it("says that these calls pass no proxy of Talaria's, at the deployment and in the status", async () => {
    expect(up).toContain("nothing of Talaria's counts or caps them");
    expect(mustPass(await local.talaria(["status"])).stdout).toMatch(/model +openai-codex\/gpt-5\.4 +by a login/);
  });

  it("answers by the seeded login, which it refreshes, past the Worker's model proxy", async () => {
    const proxied = (await modelRequests(local.stateDir)).length;
    expect(await bot.chat("hello")).toMatchObject({ status: 200, text: expect.stringContaining("echo: hello") });
    expect(answered()).toMatchObject([{ model: "gpt-5.4", status: 200 }]);
    expect(codex.calls).toContain("POST /oauth/token");
    expect(await modelRequests(local.stateDir)).toHaveLength(proxied);
  });

  it("keeps what was refreshed over another start of the gateway: the declared one would be worth nothing any more", async () => {
    const before = await bot.gateway();
    mustPass(await local.talaria(["restart", "--gateway"]));
    expect(await bot.gateway()).not.toBe(before);
    expect(await bot.chat("hello again")).toMatchObject({ status: 200, text: expect.stringContaining("echo: hello") });
    expect(mustPass(await local.talaria(["config", "secrets"])).stdout).toMatch(
      /^authFile +its config +Worker, gateway/m,
    );
  });

  it("begins a turn by itself with the credentials of one from the command line", { timeout: 4 * minute }, async () => {
    mustPass(await local.talaria(["hermes", "--", "-z", "from the command line"]));
    const byHand = lastLogin();
    expect(byHand).toBe(1);
    const count = answered().length;
    await bot.chat("SCHEDULE 5s good morning");
    expect(await eventually(async () => answered().length >= count + 3, 150)).toBe(true);
    expect(lastLogin()).toBe(byHand);
  });

  it("shows its dashboard", async () => {
    const page = () => local.api("/dashboard/api/status", { headers: { accept: "application/json" } });
    expect(await eventually(async () => (await page()).status === 200, 90)).toBe(true);
  });

  it("is logged in anew from the operator's terminal, which is shown the address and the code", {
    timeout: 3 * minute,
  }, async () => {
    const code = /[0-9A-F]{4}-[0-9A-F]{5}/;
    const login = mustPass(
      await local.talaria(["codex", "login"], { onLine: (line) => void codex.approve(code.exec(line)?.[0] ?? "") }),
    );
    expect(login.output).toContain("https://auth.openai.com/codex/device");
    expect(login.output).toContain("Hermes is logged in.");
    const cli = await local.talaria(["codex", "login", "--cli"]);
    expect(cli.output).toContain("pulumi config set talaria:codexCli true");
  });

  it("stays down after a clean end where the stack says on-failure, until it is woken, and comes back after a kill", {
    timeout: 5 * minute,
  }, async () => {
    mustPass(await bot.configured(["set", "--path", "talaria:restart.policy", "on-failure"]));
    await bot.ready();
    const first = await bot.gateway();
    process.kill(first, "SIGTERM");
    expect(await eventually(async () => !(await bot.gateways()).includes(first), 90)).toBe(true);
    await bot.ticksUntil("down", async () => (await bot.status()).lastError?.code === "staysDown");
    expect(await bot.gateways()).toEqual([]);
    expect((await bot.chat("hello")).text).toContain("talaria:restart.policy is on-failure");
    mustPass(await local.talaria(["wake"]));
    const second = await bot.gateway();
    process.kill(second, "SIGKILL");
    const isBack = async () => {
      const now = await bot.gateways();
      return now.length === 1 && !now.includes(second) && (await bot.status()).state === "ready";
    };
    await bot.ticksUntil("back", isBack);
  });
});
