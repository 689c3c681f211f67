/** `talaria slack-setup`: from a manifest to a stack that holds all that Slack needs, asking Slack at each step. */
import { z } from "zod";
import { canAsk } from "../asking.ts";
import type { Context } from "../context.ts";
import { CliError } from "../problems.ts";
import { agentManifest, type Manifest, operatorManifest } from "../slackSetup/manifests.ts";
import { messagesTabStep, peopleStep } from "../slackSetup/people.ts";
import { ask } from "../slackSetup/questions.ts";
import { StackConfig } from "../slackSetup/stackConfig.ts";
import { botForm, checkApp, checkBot, type Setup, tokenStep } from "../slackSetup/tokens.ts";

/** Options of `slack-setup`. */
export interface SlackSetupOptions {
  /** The operator's app instead of the agent's. */
  readonly operator?: boolean;
}

const defaultApi = "https://slack.com/api";

/** Leads through it. What was kept stays: a second run goes on where the first one ended. */
export async function slackSetup(context: Context, { operator = false }: SlackSetupOptions): Promise<void> {
  if (context.stack === undefined && process.env.TALARIA_URL) throw new CliError("setupNeedsStack");
  const stack = context.stack ?? "local";
  const flag = operator ? " --operator" : "";
  if (!canAsk() || context.output.json) throw new CliError(operator ? "operatorSetupByHand" : "setupByHand", { stack });
  const config = await StackConfig.read(stack);
  const apis = z.looseObject({ slack: z.string().optional() }).safeParse(config.fields("chatApis")).data;
  const setup = { output: context.output, config, api: apis?.slack ?? defaultApi };
  const manifest = operator ? await operatorManifest(context) : await agentManifest(context);
  await manifestStep(setup, manifest, operator);
  await (operator ? operatorSteps(setup, manifest) : agentSteps(setup, manifest));
  const next = [
    `npm run pulumi -- up --stack ${stack}`,
    ...(manifest.lacking !== undefined ? [`./talaria slack-manifest --stack ${stack}`] : []),
  ];
  context.output.result({ stack, next }, () =>
    [
      `\nStack ${stack} holds all that Slack needs${flag === "" ? "" : " for the operator's bot"}. Next:`,
      `  ${next[0]}`,
      ...(next[1] === undefined
        ? []
        : [`  ${next[1]}     then, for Hermes' slash commands: paste it under App Manifest`]),
    ].join("\n"),
  );
}

async function manifestStep({ output }: Setup, { json, lacking }: Manifest, operator: boolean): Promise<void> {
  output.note(
    `Manifest of the ${operator ? "operator's" : "agent's"} Slack app:\n\n${JSON.stringify(json, undefined, 2)}\n`,
  );
  if (lacking !== undefined) output.note(`Hermes' slash commands are not in it (${lacking}). They can follow later.\n`);
  output.note(
    [
      "1. Make the app from it: https://api.slack.com/apps > Create New App > From a manifest > your workspace > JSON.",
      "   Paste the manifest > Next > Create. Then Install App > Install to your workspace > Allow.",
    ].join("\n"),
  );
  await ask("   Press Enter when it is installed (an app that you have already will do): ");
}

async function agentSteps(setup: Setup, { scopes }: Manifest): Promise<void> {
  const bot = await tokenStep(setup, {
    key: "slackBotToken",
    title: "2. The bot token, xoxb-…",
    where: "OAuth & Permissions > OAuth Tokens > Bot User OAuth Token > Copy.",
    form: botForm,
    check: (token) => checkBot(setup, token, scopes),
  });
  await tokenStep(setup, {
    key: "slackAppToken",
    title: "3. The app-level token, xapp-…",
    where:
      "Basic Information > App-Level Tokens > Generate Token and Scopes > Add Scope: connections:write > Generate > Copy.",
    form: [/^xapp-[\w-]{10,}$/, "That is no app-level token: one begins with xapp-."],
    check: (token) => checkApp(setup, token, bot),
  });
  setup.output.note("\n4. Who may talk to the bot");
  const member = await peopleStep(setup, "slack", bot);
  await messagesTabStep(setup, bot, member);
}

async function operatorSteps(setup: Setup, { scopes }: Manifest): Promise<void> {
  const bot = await tokenStep(setup, {
    key: "operatorSlackBotToken",
    title: "2. The bot token, xoxb-…",
    where: "OAuth & Permissions > OAuth Tokens > Bot User OAuth Token > Copy.",
    form: botForm,
    check: (token) => checkBot(setup, token, scopes),
  });
  await tokenStep(setup, {
    key: "operatorSlackSigningSecret",
    title: "3. The signing secret, 32 hex digits",
    where: "Basic Information > App Credentials > Signing Secret > Show.",
    form: [/^[0-9a-f]{32}$/, "That is no signing secret: one has 32 hex digits."],
    check: async () => undefined, // Slack has no method that tells
  });
  setup.output.note("\n4. Who may ask the operator's bot");
  const agentToken = await setup.config.secret("slackBotToken");
  await peopleStep(setup, "operatorBot", agentToken ?? bot); // the agent's app may look people up
}
