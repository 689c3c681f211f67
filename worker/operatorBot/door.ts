/** The door of the operator's bot: only what Slack has signed, now, and once. */
import type { MiddlewareHandler } from "hono";
import { agentOf } from "../agent/call.ts";
import { slowed } from "../auth/refusals.ts";
import { declaration } from "../declaration.ts";
import { BotError } from "../errors.ts";
import { limited } from "../routes/bodyLimit.ts";
import type { App } from "../routes/context.ts";
import { askedTwice } from "./patience.ts";
import { refusalOf } from "./signature.ts";

/** Bytes of a form; a button's holds the message that it stands in. */
const bodyLimitBytes = 1_000_000;

/** Lets Slack in, and gives its form as `slackForm`. @throws BotError for everyone else, and where the bot is not configured (I10) */
export const slackOnly: MiddlewareHandler<App> = async (c, next) => {
  const secret = configuredSecret(c.env.OPERATOR_SLACK_SIGNING_SECRET);
  const { body, exceeded } = limited(c.req.raw, bodyLimitBytes);
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  const tooLarge = exceeded();
  if (tooLarge) throw tooLarge;
  const form = new TextDecoder().decode(bytes);
  // How Slack looks whether our certificate is good: nothing is asked, and nothing is signed.
  if (form.includes("ssl_check") && new URLSearchParams(form).get("ssl_check") === "1") return c.body(null, 200);
  const timestamp = c.req.header("x-slack-request-timestamp");
  const signature = c.req.header("x-slack-signature");
  const reason =
    (await refusalOf({ timestamp, signature, body: bytes }, secret, Date.now())) ??
    ((await isFirst(c.env, signature ?? "", Number(timestamp), c.var.requestId)) ? null : "it was sent before");
  if (reason !== null) throw await slowed(c, new BotError("slackNotSigned", { reason }));
  c.set("slackForm", { text: form, signature: signature ?? "" });
  return next();
};

/** The secret that Slack signs with. @throws BotError `operatorBotOff` where the bot could not answer, or nobody may ask it */
function configuredSecret(secret: string | undefined): string {
  if (!secret || declaration.operatorBot === undefined) throw new BotError("operatorBotOff");
  return secret;
}

async function isFirst(env: App["Bindings"], signature: string, timestamp: number, request: string): Promise<boolean> {
  return askedTwice(() => agentOf(env).slackFirst(signature, timestamp, request));
}
