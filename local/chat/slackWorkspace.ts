/** Who and what there is in a Slack workspace: apps with their tokens and scopes, people, channels. */

/** An app as it is installed, with what it was granted. */
export interface SlackApp {
  /** `A…`. */
  readonly id: string;
  readonly name: string;
  /** The bot's user, `U…`. */
  readonly botUser: string;
  /** `xoxb-…`. */
  readonly botToken: string;
  readonly botScopes: readonly string[];
  /** `xapp-…`, for socket mode. */
  readonly appToken?: string;
  readonly appScopes?: readonly string[];
  /** What Slack signs requests to the app with. */
  readonly signingSecret: string;
}

export interface SlackUser {
  /** `U…` or `W…`: what Slack calls a member id. */
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  readonly bot?: boolean;
}

export interface SlackChannel {
  /** `C…`. */
  readonly id: string;
  readonly name: string;
  /** Users who are in it, bots among them. */
  readonly members: readonly string[];
  readonly archived?: boolean;
}

export interface SlackWorkspace {
  /** `T…`. */
  readonly team: string;
  /** The part of `<domain>.slack.com`. */
  readonly domain: string;
  readonly apps: readonly SlackApp[];
  readonly users: readonly SlackUser[];
  readonly channels: readonly SlackChannel[];
}

/** The app that Hermes talks by. */
export const agentApp: SlackApp = {
  id: "A0AGENT",
  name: "hermes",
  botUser: "U0HERMES",
  botToken: "xoxb-1000-agent-0123456789abcdef",
  botScopes: [
    ...["app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands"],
    ...["files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write"],
    ...["mpim:history", "mpim:read", "reactions:read", "reactions:write", "users:read"],
  ],
  appToken: "xapp-1-A0AGENT-1000-0123456789abcdef",
  appScopes: ["connections:write"],
  signingSecret: "0123456789abcdef0123456789abcde1",
};

/** The app that an operator asks when the agent does not answer. */
export const operatorApp: SlackApp = {
  id: "A0OPERATOR",
  name: "talaria-operator",
  botUser: "U0TALARIA",
  botToken: "xoxb-2000-operator-0123456789abcdef",
  botScopes: ["commands", "chat:write"],
  signingSecret: "0123456789abcdef0123456789abcde2",
};

/** A person who may ask the operator bot, in tests that say so, and one who may not. */
export const operatorUser: SlackUser = { id: "U0OPERATOR", name: "ada", email: "ada@example.com" };
export const strangerUser: SlackUser = { id: "U0STRANGER", name: "eve", email: "eve@example.com" };

/** A channel that both apps are in, and one that they are not. */
export const opsChannel: SlackChannel = {
  id: "C0OPS",
  name: "ops",
  members: [operatorUser.id, strangerUser.id, agentApp.botUser, operatorApp.botUser],
};
export const otherChannel: SlackChannel = { id: "C0OTHER", name: "other", members: [strangerUser.id] };

/** A small workspace with both apps. */
export const smallWorkspace: SlackWorkspace = {
  team: "T0TALARIA",
  domain: "talaria-test",
  apps: [agentApp, operatorApp],
  users: [
    operatorUser,
    strangerUser,
    { id: agentApp.botUser, name: agentApp.name, bot: true },
    { id: operatorApp.botUser, name: operatorApp.name, bot: true },
  ],
  channels: [opsChannel, otherChannel],
};
