/** What Slack's two kinds of forms ask: a slash command, or a pressed button. */
import * as z from "zod";
import { BotError } from "../errors.ts";

/** One thing that a person asks. */
export const askedSchema = z.object({
  /** Unique to the request. */
  id: z.string(),
  /** `press`: what answers the request itself is shown nowhere. */
  by: z.enum(["command", "press"]),
  /** What was typed behind the command, or what the button stands for. */
  text: z.string(),
  /** Member id. */
  user: z.string(),
  team: z.string(),
  channel: z.string(),
  responseUrl: z.string(),
});
export type Asked = z.infer<typeof askedSchema>;

const id = z.string().regex(/^[A-Z][A-Z0-9]{1,30}$/);
const longestText = 500;

const commandSchema = z.object({
  command: z.string().startsWith("/"),
  text: z.string().max(longestText).default(""),
  user_id: id,
  team_id: id,
  channel_id: id,
  response_url: z.url(),
});

const pressSchema = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id, team_id: id.optional() }),
  team: z.object({ id }).nullish(),
  channel: z.object({ id }).optional(),
  container: z.object({ channel_id: id.optional() }).optional(),
  response_url: z.url(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().max(longestText).optional() })).min(1),
});

const otherSchema = z.looseObject({ type: z.string() });

/** A slash command's form. @throws BotError `badRequest` */
export function commandAsked(form: string, requestId: string): Asked {
  const given = commandSchema.safeParse(Object.fromEntries(new URLSearchParams(form)));
  if (!given.success) throw strange("slash command", given.error);
  const { text, user_id, team_id, channel_id, response_url } = given.data;
  const who = { user: user_id, team: team_id, channel: channel_id };
  return { id: requestId, by: "command", text: text.trim(), ...who, responseUrl: response_url };
}

/** An interactive payload; undefined for one that is no pressed button of ours, such as a closed view. @throws BotError `badRequest` */
export function pressAsked(form: string, requestId: string): Asked | undefined {
  const payload = parsedJson(new URLSearchParams(form).get("payload"));
  const given = pressSchema.safeParse(payload);
  if (!given.success) {
    const other = otherSchema.safeParse(payload);
    if (other.success && other.data.type !== "block_actions") return undefined;
    throw strange("payload", given.error);
  }
  const { user, team, channel, container, response_url, actions } = given.data;
  const text = actions[0]?.value;
  if (text === undefined) return undefined;
  const place = channel?.id ?? container?.channel_id ?? user.id;
  const who = { user: user.id, team: team?.id ?? user.team_id ?? "unknown", channel: place };
  return { id: requestId, by: "press", text, ...who, responseUrl: response_url };
}

function strange(what: string, error: z.ZodError): BotError {
  const reason = z.prettifyError(error).replaceAll("\n", " ");
  return new BotError("badRequest", { reason: `This is no ${what} of Slack's: ${reason}.` });
}

function parsedJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined; // the schema refuses it
  }
}
