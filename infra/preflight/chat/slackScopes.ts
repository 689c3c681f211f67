/** Scopes that Hermes' manifest asks for, and what does not work without each. */

/** A scope of a bot token. */
export interface SlackScope {
  /** Completes "without it …". */
  readonly without: string;
  /** The bot is deaf or mute without it. */
  readonly vital: boolean;
}

const vital = (without: string): SlackScope => ({ without, vital: true });
const useful = (without: string): SlackScope => ({ without, vital: false });

/** Of the agent's own app: those of `./talaria slack-manifest`. */
export const agentScopes: Readonly<Record<string, SlackScope>> = {
  "app_mentions:read": vital("it does not hear that it is mentioned"),
  "channels:history": vital("it reads no message in channels"),
  "channels:read": vital("it does not know its channels"),
  "chat:write": vital("it cannot answer"),
  "im:history": vital("it reads no direct message"),
  "im:read": vital("it does not know its direct messages"),
  "im:write": vital("it cannot begin a direct message"),
  "users:read": vital("it does not know who writes"),
  commands: useful("its slash commands do not reach it"),
  "files:read": useful("it does not see files"),
  "files:write": useful("it cannot send files"),
  "groups:history": useful("it reads nothing in private channels"),
  "groups:read": useful("it does not know its private channels"),
  "mpim:history": useful("it reads nothing in group messages"),
  "mpim:read": useful("it does not know its group messages"),
  "assistant:write": useful("it shows no status while it thinks"),
};

/** Of the operator's app: those of `./talaria slack-manifest --operator`. */
export const operatorScopes: Readonly<Record<string, SlackScope>> = {
  "chat:write": vital("it cannot send alarms"),
  commands: vital("its slash command does not reach it"),
};

/** What of them is not granted. */
export function missingScopes(scopes: Readonly<Record<string, SlackScope>>, granted: readonly string[]) {
  const missing = Object.keys(scopes).filter((scope) => !granted.includes(scope));
  const of = (isVital: boolean) => missing.filter((scope) => scopes[scope]?.vital === isVital);
  return { vital: of(true), useful: of(false) };
}
