/** The methods of Slack's Web API that our programs call: whose token, which scope, what they answer. What is not listed is `unknown_method`. */
import { z } from "zod";
import { type Blocks, blocksSchema } from "./slackBlocks.ts";
import type { SlackApp, SlackChannel, SlackUser, SlackWorkspace } from "./slackWorkspace.ts";

/** What Slack answers, `ok` among it. */
export type SlackAnswer = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>;

/** A message that a person reads. */
export interface Posted {
  readonly app: SlackApp;
  /** `C…`, or `D…` of the user who is written to. */
  readonly channel: string;
  /** The user whose conversation it is, for a direct message. */
  readonly user: string | undefined;
  readonly text: string;
  readonly blocks: Blocks;
  readonly thread: string | undefined;
}

export interface MethodContext {
  readonly workspace: SlackWorkspace;
  readonly app: SlackApp;
  /** Whether its app-level token asks. */
  readonly isAppToken: boolean;
  readonly args: Readonly<Record<string, unknown>>;
  /** Ids and times of messages that are made. */
  readonly nextTs: () => string;
  readonly post: (message: Posted) => void;
  /** Where a socket of socket mode is opened, `ws://…`. */
  readonly socketUrl: (app: SlackApp) => string;
}

export interface SlackMethod {
  readonly token: "bot" | "app" | "any";
  /** Any one of these is enough; none is asked for where it is empty. */
  readonly scopes: readonly string[];
  readonly act: (context: MethodContext) => SlackAnswer;
}

export const fails = (error: string, more: Record<string, unknown> = {}): SlackAnswer => ({
  ok: false,
  error,
  ...more,
});

const method = (token: SlackMethod["token"], scopes: readonly string[], act: SlackMethod["act"]): SlackMethod => ({
  token,
  scopes,
  act,
});

/** Methods by name. */
export const slackMethods: Readonly<Record<string, SlackMethod>> = {
  "auth.test": method("any", [], ({ workspace, app, isAppToken }) => {
    const { domain, team } = workspace;
    if (isAppToken) return { ok: true, app_name: app.name, app_id: app.id };
    return {
      ok: true,
      ...{ url: `https://${domain}.slack.com/`, team: domain, user: app.name, team_id: team, user_id: app.botUser },
      ...{ bot_id: botId(app), is_enterprise_install: false },
    };
  }),
  "bots.info": method("bot", ["users:read"], ({ workspace, args }) => {
    const found = workspace.apps.find(({ botUser }) => botId({ botUser }) === args.bot);
    return found === undefined
      ? fails("bot_not_found")
      : { ok: true, bot: { id: args.bot, deleted: false, name: found.name, user_id: found.botUser, app_id: found.id } };
  }),
  "apps.connections.open": method("app", ["connections:write"], ({ app, socketUrl }) => ({
    ok: true,
    url: socketUrl(app),
  })),
  "chat.postMessage": method("bot", ["chat:write"], postMessage),
  "users.info": method("bot", ["users:read"], ({ workspace, args }) => {
    const user = workspace.users.find(({ id }) => id === args.user);
    return user === undefined ? fails("user_not_found") : { ok: true, user: userAnswer(user, workspace) };
  }),
  "users.list": method("bot", ["users:read"], ({ workspace }) => ({
    ok: true,
    members: workspace.users.map((user) => userAnswer(user, workspace)),
    response_metadata: { next_cursor: "" },
  })),
  "users.lookupByEmail": method("bot", ["users:read.email"], ({ workspace, args }) => {
    const user = workspace.users.find(({ email }) => email !== undefined && email === args.email);
    return user === undefined ? fails("users_not_found") : { ok: true, user: userAnswer(user, workspace) };
  }),
  "conversations.list": method("bot", ["channels:read", "groups:read"], ({ workspace, app }) => ({
    ok: true,
    channels: workspace.channels.map((channel) => channelAnswer(channel, app)),
    response_metadata: { next_cursor: "" },
  })),
  "conversations.info": method("bot", ["channels:read", "groups:read"], ({ workspace, args, app }) => {
    const channel = workspace.channels.find(({ id }) => id === args.channel);
    return channel === undefined ? fails("channel_not_found") : { ok: true, channel: channelAnswer(channel, app) };
  }),
  "conversations.members": method("bot", ["channels:read", "groups:read"], ({ workspace, args }) => {
    const channel = workspace.channels.find(({ id }) => id === args.channel);
    return channel === undefined
      ? fails("channel_not_found")
      : { ok: true, members: channel.members, response_metadata: { next_cursor: "" } };
  }),
  "conversations.open": method("bot", ["im:write", "mpim:write"], ({ workspace, args }) => {
    const user = workspace.users.find(({ id }) => id === args.users);
    return user === undefined ? fails("user_not_found") : { ok: true, channel: { id: directOf(user.id) } };
  }),
};

const messageSchema = z.looseObject({
  channel: z.string({ error: "missing required field: channel" }).min(1),
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  thread_ts: z.string().optional(),
});
/** Characters of a message's text. */
const longestText = 40_000;

function postMessage({ workspace, app, args, nextTs, post }: MethodContext): SlackAnswer {
  const parsed = messageSchema.safeParse(args);
  if (!parsed.success) return invalidArguments(parsed.error);
  const { channel: to, text = "", thread_ts: thread } = parsed.data;
  const blocks = messageBlocks(parsed.data.blocks);
  if (blocks === undefined) return fails("invalid_blocks");
  if (text === "" && blocks.length === 0) return fails("no_text");
  if (text.length > longestText) return fails("msg_too_long");
  const place = placeOf(to, workspace, app);
  if ("error" in place) return fails(place.error);
  const ts = nextTs();
  post({ app, ...place, text, blocks, thread });
  return { ok: true, channel: place.channel, ts, message: { type: "message", user: app.botUser, text, blocks, ts } };
}

/** Blocks of a message: a list, or its JSON text in a form. Undefined where Slack would refuse them. */
export function messageBlocks(given: unknown): Blocks | undefined {
  if (given === undefined || given === null) return [];
  return blocksSchema.safeParse(typeof given === "string" ? parsedJson(given) : given).data;
}

export function invalidArguments(error: z.ZodError): SlackAnswer {
  const messages = error.issues.map(({ message, path }) => `[ERROR] ${message} [json-pointer:/${path.join("/")}]`);
  return fails("invalid_arguments", { response_metadata: { messages } });
}

/** Where a message to a channel, or to a user by their id, ends up. */
function placeOf(
  to: string,
  { channels, users }: SlackWorkspace,
  app: SlackApp,
): { readonly channel: string; readonly user: string | undefined } | { readonly error: string } {
  const user = users.find(({ id }) => id === to || directOf(id) === to);
  if (user !== undefined) return { channel: directOf(user.id), user: user.id };
  const channel = channels.find(({ id, name }) => id === to || `#${name}` === to || name === to);
  if (channel === undefined) return { error: "channel_not_found" };
  if (channel.archived) return { error: "is_archived" };
  const mayPost = channel.members.includes(app.botUser) || app.botScopes.includes("chat:write.public");
  return mayPost ? { channel: channel.id, user: undefined } : { error: "not_in_channel" };
}

function botId({ botUser }: Pick<SlackApp, "botUser">): string {
  return `B${botUser.slice(1)}`;
}

function directOf(user: string): string {
  return `D${user.slice(1)}`;
}

function userAnswer({ id, name, email, bot = false }: SlackUser, { team }: SlackWorkspace) {
  const profile = { real_name: name, display_name: name, ...(email !== undefined && { email }) };
  return { id, team_id: team, name, deleted: false, real_name: name, profile, is_bot: bot, is_app_user: false };
}

function channelAnswer({ id, name, members, archived = false }: SlackChannel, app: SlackApp) {
  const kinds = { is_channel: true, is_group: false, is_im: false, is_private: false, is_archived: archived };
  return { id, name, ...kinds, is_member: members.includes(app.botUser), num_members: members.length };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // no list: the schema refuses it
  }
}
