import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { ensureHermes, hermesVersions } from "../../../local/toolchain/hermes.ts";
import { botConfig } from "../../config.ts";
import { aDiscord, aSlack, aSource, aTelegram } from "../../testing/source.ts";
import { ownVariables } from "./declaration.ts";
import { platformNames, platforms } from "./platforms.ts";

/** Every platform there is. */
const everything = {
  ...aSlack,
  slack: {
    allowedUsers: ["U01ABC2DE3F"],
    homeChannel: "C01ABC2DE3F",
    replyInThread: false,
    requireMention: false,
    freeResponseChannels: ["C02ABC2DE3F"],
    allowedChannels: ["C01ABC2DE3F", "C02ABC2DE3F"],
  },
  ...aTelegram,
  telegram: { allowedUsers: [1234567], homeChannel: "-1001234567890", requireMention: true },
  ...aDiscord,
  discord: { allowedUsers: ["123456789012345678"], homeChannel: "223456789012345678", autoThread: false },
  matrixAccessToken: "0123456789abcdef",
  matrix: { homeserver: "https://m.example.org", allowedUsers: ["@me:example.org"], homeChannel: "!room:example.org" },
  mattermostToken: "0123456789abcdef",
  mattermost: { url: "https://mm.example.org", allowAllUsers: true, homeChannel: "home1" },
  emailPassword: "0123456789abcdef",
  email: {
    ...{ address: "bot@example.org", imapHost: "imap.example.org", smtpHost: "smtp.example.org" },
    ...{ allowedUsers: ["me@example.org"], homeChannel: "me@example.org" },
  },
  irc: { server: "irc.example.org", channel: "#bots", nickname: "hermes", allowedUsers: ["me"], homeChannel: "#bots" },
  ntfy: { topic: "in", allowedUsers: ["in"], homeChannel: "out" },
  googleChatServiceAccount: '{"private_key": "k"}',
  googleChat: {
    ...{ projectId: "p", subscriptionName: "projects/p/subscriptions/s" },
    ...{ allowedUsers: ["me@example.org"], homeChannel: "spaces/A" },
  },
  dingtalkClientSecret: "0123456789abcdef",
  dingtalk: { clientId: "c", pairing: true, homeChannel: "h" },
  feishuAppSecret: "0123456789abcdef",
  feishu: { appId: "a", domain: "lark", allowedUsers: ["ou_1"], homeChannel: "oc_1" },
  wecomSecret: "0123456789abcdef",
  wecom: { botId: "b", allowedUsers: ["me"], homeChannel: "h" },
  weixinToken: "0123456789abcdef",
  weixin: { accountId: "a", allowedUsers: ["me"], homeChannel: "h" },
  qqClientSecret: "0123456789abcdef",
  qq: { appId: "1", allowedUsers: ["me"], homeChannel: "h" },
  yuanbaoAppSecret: "0123456789abcdef",
  yuanbao: { appId: "a", allowedUsers: ["me"], homeChannel: "h" },
  signal: {
    httpUrl: "http://signal.example.org:8080",
    account: "+491701234567",
    allowedUsers: ["+491701234568"],
    homeChannel: "+491701234568",
  },
  simplex: { wsUrl: "ws://simplex.example.org:5225", allowedUsers: ["2"], homeChannel: "2" },
  homeassistantToken: "0123456789abcdef",
  homeassistant: { url: "https://home.example.org" },
};
/** Not in every release; or turned on by some only beside its library, which the toolchain does not install. */
const sometimesAbsent = ["homeassistant", "googleChat"];
const people = [
  ["slack", "U01ABC2DE3F"],
  ["slack", "U0STRANGER"],
  ["telegram", "1234567"],
  ["telegram", "7654321"],
  ["discord", "123456789012345678"],
  ["discord", "999999999999999999"],
  ["mattermost", "anybody"],
] as const;

const answerSchema = z.object({
  platforms: z.record(
    z.string(),
    z.object({ enabled: z.boolean(), home: z.string().nullable(), strangers: z.string() }).nullable(),
  ),
  slack: z.record(z.string(), z.unknown()),
  people: z.array(z.boolean()),
  unread: z.array(z.string()),
  effective: z.record(z.string(), z.string().nullable()),
});

const value = (output: pulumi.Output<string>) => new Promise<string>((resolve) => void output.apply(resolve));

/** What the gateway of this Hermes has after its start, as a container starts it: environment, managed scope, a home that says nothing. */
async function readBy(venv: string) {
  const config = botConfig(aSource(everything));
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-hermes-reads-"));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  const [home, managed] = [path.join(folder, "home"), path.join(folder, "managed")];
  await Promise.all([fs.mkdir(home), fs.mkdir(managed)]);
  await fs.writeFile(path.join(home, "config.yaml"), "slack:\n  require_mention: true\n"); // what a user once said
  await fs.writeFile(path.join(managed, "config.yaml"), JSON.stringify(config.settings));
  const secrets = await Promise.all(
    Object.entries(config.secrets).map(async ([name, one]) => [name, await value(one)]),
  );
  const places = { HOME: folder, HERMES_HOME: home, HERMES_MANAGED_DIR: managed, HERMES_DISABLE_LAZY_INSTALLS: "1" };
  const env = { PATH: process.env.PATH ?? "", ...places, ...config.environment, ...Object.fromEntries(secrets) };
  const script = new URL("testing/read_by_hermes.py", import.meta.url).pathname;
  const child = spawn(path.join(venv, "bin", "python"), [script], { env, stdio: ["pipe", "pipe", "pipe"] });
  const variables = [...Object.keys(ownVariables), ...Object.keys(config.secrets)].filter(
    (name) => !/REPOSITORY|ANTHROPIC/.test(name),
  );
  child.stdin.end(
    JSON.stringify({ platforms: platformNames.map((name) => platforms[name].hermes), people, variables }),
  );
  const said = { out: "", err: "" };
  child.stdout.on("data", (piece: Buffer) => {
    said.out += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    said.err += piece.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (!said.out.startsWith("{")) throw new Error(said.err);
  return { config, read: answerSchema.parse(JSON.parse(said.out)) };
}

describe.each([undefined, ...hermesVersions])("the gateway of Hermes %s", (version) => {
  it("reads what the keys of chat platforms declare", { timeout: 900_000 }, async () => {
    const { venv } = await ensureHermes({ progress: () => {}, ...(version === undefined ? {} : { version }) });
    const { config, read } = await readBy(venv);
    const homes = Object.fromEntries(
      Object.entries(everything).map(([key, fields]) => [
        key,
        typeof fields === "object" && "homeChannel" in fields ? fields.homeChannel : undefined,
      ]),
    );
    for (const name of platformNames) {
      const found = read.platforms[platforms[name].hermes];
      if (sometimesAbsent.includes(name) && !found) continue;
      expect([name, found?.enabled]).toEqual([name, true]);
      expect([name, found?.home ?? undefined]).toEqual([name, homes[name]]);
    }
    expect(read.platforms.dingtalk?.strangers).toBe("pair");
    expect(read.slack).toEqual({
      requireMention: false,
      freeResponseChannels: ["C02ABC2DE3F"],
      allowedChannels: ["C01ABC2DE3F", "C02ABC2DE3F"],
      flat: true,
    });
    expect(people.map((one, index) => [...one, read.people[index]])).toEqual(
      people.map((one) => [...one, !/STRANGER|7654321|9999/.test(one[1])]),
    );
    expect(read.effective).toMatchObject(config.environment);
    expect(read.unread.filter((name) => !name.startsWith("HASS_") || read.platforms.homeassistant)).toEqual([]);
  });
});
