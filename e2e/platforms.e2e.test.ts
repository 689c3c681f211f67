/** A chat platform of a stack: asked before a deploy, declared to the real Hermes, its tokens in the gateway's process alone. */
import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type RunningSlack, startSlack } from "../local/chat/slack.ts";
import { agentApp, smallWorkspace } from "../local/chat/slackWorkspace.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const up = ["up", "--yes", "--skip-preview"];
const { botToken, appToken = "" } = agentApp;
const scriptsSchema = z.array(z.looseObject({ id: z.string(), tags: z.array(z.string()).optional() }));

let local: LocalSystem;
let slack: RunningSlack;
let poor: RunningSlack;

beforeAll(async () => {
  slack = await startSlack();
  const botScopes = agentApp.botScopes.filter((scope) => scope !== "im:history");
  poor = await startSlack({ workspace: { ...smallWorkspace, apps: [{ ...agentApp, botScopes }] } });
  local = await startLocal();
  for (const [key, value] of Object.entries({ slackBotToken: botToken, slackAppToken: appToken }))
    mustPass(await local.pulumi(["config", "set", "--secret", `talaria:${key}`, value]));
});
afterAll(async () => {
  await local?.stop();
  await Promise.all([slack?.close(), poor?.close()]);
});

async function set(key: string, value: string): Promise<void> {
  mustPass(await local.pulumi(["config", "set", "--path", `talaria:${key}`, value]));
}

async function tagsOf(worker: string): Promise<readonly string[]> {
  const listed = scriptsSchema.parse((await local.cloudflare("GET", "workers/scripts")).result);
  return listed.find(({ id }) => id === worker)?.tags ?? [];
}

/** Programs that have a text in their environment. */
function holding(text: string): string[] {
  return fs.readdirSync("/proc").flatMap((pid) => {
    try {
      const [environment, command] = ["environ", "cmdline"].map((file) =>
        fs.readFileSync(`/proc/${pid}/${file}`, "utf8"),
      );
      return environment?.includes(text) ? [(command ?? "").replaceAll("\0", " ").trim()] : [];
    } catch {
      return []; // no process, another user's, or one that has just ended
    }
  });
}

describe("a stack with Slack", () => {
  it("is refused before anything is made: without people, then with a scope missing", async () => {
    await set("chatApis.slack", poor.url);
    const unsaid = await local.pulumi(up);
    expect(unsaid.code).not.toBe(0);
    expect(unsaid.output).toContain("talaria:slack.allowedUsers is empty, so nobody on Slack may talk to the bot.");
    await set("slack.allowedUsers[0]", "U0OPERATOR");
    await set("slack.requireMention", "false");
    const preview = await local.pulumi(["preview"]);
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("The bot could not talk on its chat platforms:");
    expect(preview.output).toContain(
      "talaria:slackBotToken lacks the scope im:history (without it, it reads no direct message)",
    );
    expect(poor.calls.map(({ method }) => method)).not.toContain("apps.connections.open");
    expect(await tagsOf("talaria-local")).toEqual([]);
  });

  it("is deployed once Slack agrees, and has nothing to change after that (I8)", async () => {
    await set("chatApis.slack", slack.url);
    mustPass(await local.pulumi(up));
    expect(slack.calls.map(({ method }) => method)).toContain("apps.connections.open");
    expect(slack.messages).toEqual([]);
    const tags = await tagsOf("talaria-local");
    expect(tags).toHaveLength(2);
    for (const tag of tags) expect(tag).toMatch(/^talaria-token-[0-9a-f]{12}$/);
    mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
  });

  it("gives Hermes what was declared, and the tokens to its gateway alone", async () => {
    mustPass(await local.talaria(["wake"]));
    const ofGateway = holding(`SLACK_BOT_TOKEN=${botToken}`);
    expect(ofGateway.length).toBeGreaterThan(0);
    for (const command of ofGateway) expect(command).toMatch(/gateway/);
    expect(holding("SLACK_ALLOWED_USERS=U0OPERATOR")).toEqual(ofGateway);
    expect(holding("SLACK_REQUIRE_MENTION=false")).toEqual(ofGateway);
    const inBox = mustPass(await local.talaria(["hermes", "--", "config", "get", "slack.require_mention"]));
    expect(inBox.stdout.trim().toLowerCase()).toBe("false");
    const commands = mustPass(await local.talaria(["chat", "RUN env"])).output;
    expect(commands).not.toContain(botToken);
  });

  it("is told of another Worker of the account with its token", async () => {
    const form = new FormData();
    const metadata = { main_module: "index.js", compatibility_date: "2026-11-01", tags: await tagsOf("talaria-local") };
    form.set("metadata", JSON.stringify(metadata));
    const code = "export default { fetch: () => new Response() };";
    form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
    const order = { method: "PUT", headers: { authorization: `Bearer ${local.apiToken}` }, body: form };
    const made = await fetch(`${local.apiUrl}/accounts/${local.accountId}/workers/scripts/talaria-twin`, order);
    expect(made.status).toBe(200);
    const preview = mustPass(await local.pulumi(["preview"]));
    expect(preview.output).toContain(
      "The Worker talaria-twin of this account has the same talaria:slackBotToken, talaria:slackAppToken",
    );
  });
});
