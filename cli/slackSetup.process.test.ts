import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSlack } from "../local/chat/slack.ts";
import { agentApp, operatorApp, type SlackApp, smallWorkspace } from "../local/chat/slackWorkspace.ts";
import { startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";
import { driver, type Move, type Typed } from "./testing/typing.ts";

const top = path.dirname(import.meta.dirname);
const members = { "talaria:slack": { value: '{"allowedUsers":["U0OPERATOR"]}' } };
type Entries = Record<string, { value?: string; secret?: string }>;

/** A stand-in of Pulumi: keys in a file, a secret from stdin alone; what it was called with is kept. */
const pulumi = (file: string, log: string, outputs: unknown) => `
import fs from "node:fs";
const words = process.argv.slice(2);
fs.appendFileSync(${JSON.stringify(log)}, words.join(" ") + "\\n");
const entries = JSON.parse(fs.readFileSync(${JSON.stringify(file)}, "utf8"));
const save = () => fs.writeFileSync(${JSON.stringify(file)}, JSON.stringify(entries));
if (words[0] === "stack") console.log(${JSON.stringify(JSON.stringify(outputs))});
else if (words[1] === "--json") {
  const shown = Object.entries(entries).map(([key, { value, secret }]) => [key, secret ? { secret: true } : { value, objectValue: JSON.parse(value), secret: false }]);
  console.log(JSON.stringify(Object.fromEntries(shown)));
} else if (words[1] === "get") console.log(entries[words[2]].secret);
else if (words[2] === "--secret") { entries[words[3]] = { secret: fs.readFileSync(0, "utf8") }; save(); }
else if (words[2] === "--path") {
  const [, key, field, at] = /^(talaria:\\w+)\\.(\\w+)\\[(\\d+)\\]$/.exec(words[3]);
  const value = JSON.parse(entries[key]?.value ?? "{}");
  (value[field] ??= [])[Number(at)] = words[4];
  entries[key] = { value: JSON.stringify(value) };
  save();
} else throw new Error(words.join(" "));`;

/** A checkout with a stack, a bot and a Slack with these apps. */
async function aStack({
  apps = [agentApp, operatorApp],
  entries = {},
  deployed = true,
}: {
  apps?: SlackApp[];
  entries?: Entries;
  deployed?: boolean;
} = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-slack-setup-"));
  const slack = await startSlack({ workspace: { ...smallWorkspace, apps } });
  const manifest = (scopes: readonly string[]) => ({
    display_information: { name: "made by Hermes" },
    oauth_config: { scopes: { bot: scopes } },
  });
  const bot = await startFakeBot({
    "GET /api/slack-manifest": () => manifest(agentApp.botScopes),
    "GET /api/operator-manifest": () => manifest(operatorApp.botScopes),
  });
  onTestFinished(async () => {
    await Promise.all([slack.close(), bot.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  for (const name of ["talaria", "cli", "package.json"])
    await cp(path.join(top, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(top, "node_modules"), path.join(folder, "node_modules"));
  await mkdir(path.join(folder, "local", "toolchain"), { recursive: true });
  const [file, log] = [path.join(folder, "config.json"), path.join(folder, "log")];
  await writeFile(
    file,
    JSON.stringify({ "talaria:chatApis": { value: JSON.stringify({ slack: slack.url }) }, ...entries }),
  );
  const outputs = deployed ? { url: bot.url, adminToken: tokens.admin, clientToken: tokens.client } : {};
  await writeFile(path.join(folder, "local", "toolchain", "pulumi.ts"), pulumi(file, log, outputs));
  const launcher = path.join(folder, "talaria");
  return {
    slack,
    entries: async () => JSON.parse(await readFile(file, "utf8")) as Entries,
    /** Every word that Pulumi was started with. */
    words: () => readFile(log, "utf8"),
    byHand: (words: readonly string[] = []) =>
      talaria(["slack-setup", "--stack", "dev", ...words], { program: launcher, cwd: folder }),
    async type(moves: readonly Move[], words: readonly string[] = []): Promise<Typed> {
      const env = { TERM: "dumb", HOME: process.env.HOME ?? "", MOVES: JSON.stringify(moves) };
      const args = ["-c", driver, launcher, "slack-setup", "--stack", "dev", ...words];
      const run = await talaria(args, { program: "python3", env, cwd: folder });
      if (run.code !== 0) throw new Error(run.stderr);
      return JSON.parse(run.stdout) as Typed;
    },
  };
}

const installed = { sees: "will do): ", types: "\r" };
const paste = (types: string) => ({ sees: "not shown): ", types: `${types}\r` });
const { botToken, appToken = "" } = agentApp;

describe("slack-setup", () => {
  it("shows the manifest, takes both tokens unseen, finds the member and says what to type next", async () => {
    const stack = await aStack();
    const { said, code, restored } = await stack.type([
      installed,
      paste(appToken),
      paste("xoxb-1000-wrong-0123456789abcdef"),
      paste(botToken),
      paste(botToken),
      paste(appToken),
      { sees: "member id: ", types: "ada@example.com\r" },
      { sees: "member id: ", types: "U0STRANGERS\r" },
      { sees: "member id: ", types: "U0OPERATOR\r" },
      { sees: "[y/N] ", types: "y\r" },
    ]);
    expect(code, said).toBe(0);
    expect(restored).toBe(true);
    const told = said.replaceAll("\r\n", "\n");
    for (const part of [
      '"name": "made by Hermes"',
      "Create New App > From a manifest",
      "That is no bot token: one begins with xoxb-.",
      "Slack does not know this token (invalid_auth).",
      "Slack knows it: hermes in talaria-test.",
      "That is no app-level token: one begins with xapp-.",
      "Slack opens a socket for it (nothing was connected).",
      "may not look people up by e-mail",
      "Nobody in this workspace is U0STRANGERS.",
      "That is ada, U0OPERATOR.",
      "It arrived: the messages tab is on.",
      "  npm run pulumi -- up --stack dev",
    ])
      expect(told).toContain(part);
    expect(told.indexOf("made by Hermes")).toBeLessThan(told.indexOf("2. The bot token"));
    expect(await stack.entries()).toMatchObject({
      "talaria:slackBotToken": { secret: botToken },
      "talaria:slackAppToken": { secret: appToken },
      "talaria:slack": { value: '{"allowedUsers":["U0OPERATOR"]}' },
    });
    for (const shown of [said, await stack.words()])
      for (const token of [botToken, appToken]) expect(shown).not.toContain(token);
  });

  it("keeps what it has when it is broken off, and goes on from there", async () => {
    const stack = await aStack({ deployed: false });
    const first = await stack.type([
      installed,
      paste(botToken),
      { sees: "3. The app-level token", types: "" },
      { sees: "not shown): ", types: "\u0003" },
    ]);
    expect(first).toMatchObject({ code: 1, restored: true });
    expect(first.said).toContain("error: Broken off.");
    expect(first.said).toContain("Hermes' slash commands are not in it (Stack dev has no output url");
    expect(Object.keys(await stack.entries())).toContain("talaria:slackBotToken");

    const second = await stack.type([
      installed,
      paste(appToken),
      { sees: "member id: ", types: "U0OPERATOR\r" },
      { sees: "[y/N] ", types: "\r" },
    ]);
    expect(second.code, second.said).toBe(0);
    expect(second.said).toContain("talaria:slackBotToken is set already, and right.");
    expect(second.said).toContain("App Home > Show Tabs: turn on Messages Tab");
    expect(second.said).toContain("./talaria slack-manifest --stack dev");
    expect(stack.slack.messages).toEqual([]);
  });

  it("names the scopes that an app lacks, and the app that a token is not of", async () => {
    const poor = { ...agentApp, botScopes: agentApp.botScopes.filter((scope) => scope !== "im:history") };
    const other = {
      ...operatorApp,
      appToken: "xapp-1-A0OPERATOR-2000-0123456789abcdef",
      appScopes: ["connections:write"],
    };
    const stack = await aStack({ apps: [poor, other], entries: members });
    const { said, code } = await stack.type([
      installed,
      paste(botToken),
      { sees: "to go on without: ", types: "skip\r" },
      paste(other.appToken),
      paste(appToken),
      { sees: "leave it at that: ", types: "\r" },
      { sees: "[y/N] ", types: "\r" },
    ]);
    expect(code, said).toBe(0);
    expect(said).toContain("It lacks the scope im:history.");
    expect(said).toContain("It is of the app A0OPERATOR, the bot token of A0AGENT.");
    expect((await stack.entries())["talaria:slack"]).toEqual(members["talaria:slack"]);
  });

  it("finds out that the messages tab is off, and says where it is turned on", async () => {
    const entries = {
      "talaria:slackBotToken": { secret: botToken },
      "talaria:slackAppToken": { secret: appToken },
      ...members,
    };
    const stack = await aStack({ entries });
    stack.slack.failNext("chat.postMessage", "messages_tab_disabled");
    const { said, code } = await stack.type([
      installed,
      { sees: "leave it at that: ", types: "\r" },
      { sees: "[y/N] ", types: "y\r" },
      { sees: "or type `skip`: ", types: "\r" },
    ]);
    expect(code, said).toBe(0);
    expect(said).toContain("It is off. App Home > Show Tabs");
    expect(said).toContain("It arrived: the messages tab is on.");
  });

  it("sets up the operator's app, and looks people up by the agent's", async () => {
    const stack = await aStack({ entries: { "talaria:slackBotToken": { secret: botToken } } });
    const moves = [
      installed,
      paste(operatorApp.botToken),
      paste("not hex"),
      paste(operatorApp.signingSecret),
      { sees: "member id: ", types: "U0OPERATOR\r" },
    ];
    const { said, code } = await stack.type(moves, ["--operator"]);
    expect(code, said).toBe(0);
    expect(said).toContain("That is ada, U0OPERATOR.");
    expect(await stack.entries()).toMatchObject({
      "talaria:operatorSlackBotToken": { secret: operatorApp.botToken },
      "talaria:operatorSlackSigningSecret": { secret: operatorApp.signingSecret },
      "talaria:operatorBot": { value: '{"allowedUsers":["U0OPERATOR"]}' },
    });
  });

  it("says what to do instead where nobody is at a terminal", async () => {
    const stack = await aStack();
    const { code, stdout, stderr } = await stack.byHand();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("npm run pulumi -- config set --secret talaria:slackAppToken --stack dev");
    expect((await stack.byHand(["--operator"])).stderr).toContain("talaria:operatorSlackSigningSecret --stack dev");
  });
});
