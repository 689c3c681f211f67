import type { Context } from "hono";
import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { declaration } from "../declaration.ts";
import { BotError, reasonOf } from "../errors.ts";
import { route } from "../openapi/route.ts";
import { type Asked, commandAsked, pressAsked } from "../operatorBot/asked.ts";
import { manifestOf } from "../operatorBot/manifest.ts";
import { type Message, message } from "../operatorBot/message.ts";
import { askedTwice, late, within } from "../operatorBot/patience.ts";
import { isSlacks } from "../operatorBot/responseUrl.ts";
import { requestLog } from "../requestLog.ts";
import type { App } from "./context.ts";

/** Slack waits three seconds; the way there and back is part of it. */
const patienceMs = 2_300;

const form = {
  "application/x-www-form-urlencoded": z.record(z.string(), z.string()).meta({ description: "Slack's form." }),
};
const said = z
  .object({ response_type: z.literal("ephemeral"), text: z.string(), blocks: z.array(z.looseObject({})) })
  .meta({ id: "SlackMessage", description: "A message that only whoever asked reads." });
const nothing = z.object({}).meta({ id: "Nothing" });

const about = { method: "post", tag: "operatorBot", door: "slack", passesOn: form, problems: ["badRequest"] } as const;

/** What Slack sends for an operator. */
export const slackRoutes = [
  route(
    {
      ...about,
      path: "/slack/commands",
      id: "slackCommand",
      does: "the operator's slash command; what takes long is answered later",
      answer: { what: "What Slack shows at once.", json: said },
    },
    async ({ c }) => {
      const { text, signature } = c.var.slackForm;
      const answer = await ask(c, trusted(commandAsked(text, idOf(signature))));
      const { text: words, blocks } = answer ?? message(["Done."]);
      return c.json({ response_type: "ephemeral", text: words, blocks });
    },
  ),
  route(
    {
      ...about,
      path: "/slack/actions",
      id: "slackAction",
      does: "a button of the operator's bot was pressed; the answer goes to Slack by itself",
      answer: { what: "It was heard.", json: nothing },
    },
    async ({ c }) => {
      const { text, signature } = c.var.slackForm;
      const asked = pressAsked(text, idOf(signature));
      if (asked !== undefined) await ask(c, trusted(asked));
      return {};
    },
  ),
  route(
    {
      method: "get",
      path: "/api/operator-manifest",
      id: "operatorManifest",
      tag: "operatorBot",
      door: "operator",
      does: "the manifest of the operator's Slack app, at this address",
      quiet: true,
      answer: {
        what: "What Slack takes as a new app's manifest.",
        contents: { "application/json": z.looseObject({}).meta({ id: "OperatorManifest" }) },
      },
    },
    async ({ c }) => c.json(manifestOf(declaration.bot, new URL(c.req.url).origin)),
  ),
];

/** An id that the same request always has. */
function idOf(signature: string): string {
  return signature.slice("v0=".length, "v0=".length + 24);
}

/** Only Slack's own addresses are answered at. @throws BotError `badRequest` */
function trusted(asked: Asked): Asked {
  if (isSlacks(asked.responseUrl, declaration.operatorBot?.slackApi ?? "")) return asked;
  throw new BotError("badRequest", { reason: "The response_url is not Slack's." });
}

/** Asks the Agent, for as long as Slack waits. What fails is told in Slack's own form, since Slack shows no other. */
async function ask(c: Context<App>, asked: Asked): Promise<Message | null> {
  const asking = askedTwice(() => agentOf(c.env).slackAsked(asked)).catch((error: unknown) => {
    requestLog(c)("error", "the operator's bot could not ask the Agent", { reason: reasonOf(error) });
    return message([`:x: Something unexpected happened (request ${c.var.requestId}).`, "Ask again in a moment."]);
  });
  const answer = await within(patienceMs, asking);
  if (answer !== late) return answer;
  c.executionCtx.waitUntil(asking);
  return message([
    ":hourglass_flowing_sand: Talaria itself is slow just now.",
    "What you have ordered is done once and told here. What you have only asked: ask again in a moment.",
  ]);
}
