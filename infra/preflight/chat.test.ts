import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RunningDiscord, smallDiscordApplication, startDiscord } from "../../local/chat/discord.ts";
import { type RunningSlack, startSlack } from "../../local/chat/slack.ts";
import { agentApp, operatorApp, type SlackApp, smallWorkspace } from "../../local/chat/slackWorkspace.ts";
import { type RunningTelegram, smallTelegramBot, startTelegram } from "../../local/chat/telegram.ts";
import { botConfig } from "../config.ts";
import { botNames } from "../naming.ts";
import { type Recorder, startRecorder } from "../testing/recorder.ts";
import { accountId, aSource } from "../testing/source.ts";
import { tokenTag } from "./chat/tokenTags.ts";
import { chatCheck } from "./chat.ts";

const closing: { close(): Promise<void> }[] = [];
const opened = <T extends { close(): Promise<void> }>(one: T): T => {
  closing.push(one);
  return one;
};
let account: Recorder;
let scripts: readonly { id: string; tags?: readonly string[] }[] = [];
beforeEach(async () => {
  scripts = [];
  account = opened(await startRecorder(() => ({ result: scripts })));
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

/** What the platforms say of a stack with these settings: `lack: …` and `warning: …`. */
async function said(changes: Record<string, unknown>): Promise<string[]> {
  const config = botConfig(aSource(changes));
  const connection = { baseUrl: account.baseUrl, token: "t" };
  const found = await chatCheck(connection, config, botNames("talaria", "dev"));
  const text = found.map((one) => `${one.kind}: ${one.text}`);
  for (const token of Object.entries(changes).flatMap(([key, value]) => (key.endsWith("Token") ? [String(value)] : [])))
    expect(text.join("\n")).not.toContain(token);
  return text.map((one) => one.replace(/127\.0\.0\.1:\d+(: [A-Z_]+)?/g, "127.0.0.1:PORT"));
}

const slackOf = (slack: RunningSlack, more: Record<string, unknown> = {}) => ({
  slackBotToken: agentApp.botToken,
  slackAppToken: agentApp.appToken,
  slack: { allowedUsers: ["U0OPERATOR"] },
  chatApis: { slack: slack.url },
  ...more,
});
const withApps = async (...apps: SlackApp[]) => opened(await startSlack({ workspace: { ...smallWorkspace, apps } }));

describe("Slack", () => {
  test("finds nothing wrong with an app made from the manifest, connects nothing and sends nothing", async () => {
    const slack = await withApps(agentApp, operatorApp);
    const operator = {
      operatorSlackBotToken: operatorApp.botToken,
      operatorSlackSigningSecret: operatorApp.signingSecret,
      operatorBot: { allowedUsers: ["U0OPERATOR"] },
    };
    expect(await said(slackOf(slack, operator))).toEqual([]);
    expect(slack.calls.map(({ method }) => method).sort()).toEqual([
      "apps.connections.open",
      "auth.test",
      "auth.test",
      "bots.info",
    ]);
    expect(slack.messages).toEqual([]);
  });

  test.each<[string, SlackApp[], Record<string, unknown>]>([
    ["a bot token that was revoked", [operatorApp], { slackAppToken: `xapp-1-A0AGENT-${"1".repeat(20)}` }],
    [
      "scopes that were left out",
      [{ ...agentApp, botScopes: agentApp.botScopes.filter((one) => !/^(chat|im:history|files)/.test(one)) }],
      {},
    ],
    ["an app-level token without connections:write", [{ ...agentApp, appScopes: ["authorizations:read"] }], {}],
    [
      "tokens of two apps",
      [
        agentApp,
        { ...operatorApp, appToken: "xapp-1-A0OPERATOR-2000-0123456789abcdef", appScopes: ["connections:write"] },
      ],
      { slackAppToken: "xapp-1-A0OPERATOR-2000-0123456789abcdef" },
    ],
    [
      "an operator's app that may not write",
      [agentApp, { ...operatorApp, botScopes: ["commands"] }],
      { operatorSlackBotToken: operatorApp.botToken },
    ],
  ])("says what to do about %s", async (_what, apps, changes) => {
    expect(await said(slackOf(await withApps(...apps), changes))).toMatchSnapshot();
  });

  test("an app whose socket mode is off, a Slack that is busy, and one that is down", async () => {
    const slack = await withApps(agentApp);
    slack.failNext("apps.connections.open", "socket_mode_not_enabled");
    expect(await said(slackOf(slack))).toMatchSnapshot();
    slack.failNext("apps.connections.open", "ratelimited");
    expect(await said(slackOf(slack))).toMatchSnapshot();
    await slack.close();
    expect([...new Set(await said(slackOf(slack)))]).toMatchSnapshot();
  });
});

describe("Telegram", () => {
  const of = (telegram: RunningTelegram, more: Record<string, unknown> = {}) => ({
    telegramBotToken: smallTelegramBot.token,
    telegram: { allowedUsers: ["1234567"], ...more },
    chatApis: { telegram: telegram.url },
  });

  test("finds nothing wrong with a bot that only it uses", async () => {
    const telegram = opened(await startTelegram());
    expect(await said(of(telegram))).toEqual([]);
    expect(telegram.calls.map(({ method }) => method).sort()).toEqual(["getMe", "getWebhookInfo"]);
  });

  test.each<[string, Parameters<typeof startTelegram>[0], Record<string, unknown>]>([
    ["a token that was revoked", [], {}],
    ["a webhook of something else", [{ ...smallTelegramBot, webhook: "https://other.example.com/hook?secret=s" }], {}],
    ["privacy mode in groups where it needs no mention", [smallTelegramBot], { requireMention: false }],
  ])("says what to do about %s", async (_what, bots, more) => {
    expect(await said(of(opened(await startTelegram(bots)), more))).toMatchSnapshot();
  });

  test("a Telegram that is down does not stop a deploy", async () => {
    const telegram = opened(await startTelegram());
    await telegram.close();
    expect(await said(of(telegram))).toMatchSnapshot();
  });
});

describe("Discord", () => {
  const of = (discord: RunningDiscord, more: Record<string, unknown> = {}) => ({
    discordBotToken: smallDiscordApplication.token,
    discord: { allowedUsers: ["123456789012345678"], ...more },
    chatApis: { discord: discord.url },
  });

  test("finds nothing wrong with an application that reads messages", async () => {
    expect(await said(of(opened(await startDiscord())))).toEqual([]);
  });

  test.each<[string, Parameters<typeof startDiscord>[0], Record<string, unknown>]>([
    ["a token that was reset", [], {}],
    [
      "an application without its intents",
      [{ ...smallDiscordApplication, intents: [] }],
      { allowedRoles: ["123456789012345679"] },
    ],
  ])("says what to do about %s", async (_what, applications, more) => {
    expect(await said(of(opened(await startDiscord(applications)), more))).toMatchSnapshot();
  });
});

test("warns about a token that another Worker of the account has, and only that one", async () => {
  const slack = await withApps(agentApp);
  const tags = [agentApp.botToken, agentApp.appToken ?? ""].map((token) => tokenTag(accountId, token));
  scripts = [
    { id: "talaria-prod", tags: [...tags, "by-hand"] },
    { id: "talaria-dev", tags },
    { id: "other", tags: [tokenTag("another account", agentApp.botToken)] },
    { id: "without" },
  ];
  const found = await said(slackOf(slack));
  expect(found).toMatchSnapshot();
  for (const tag of tags) expect(tag).toMatch(/^talaria-token-[0-9a-f]{12}$/);
});

test("asks nobody where no platform is configured", async () => {
  expect(await said({})).toEqual([]);
  expect(account.requests).toEqual([]);
});
