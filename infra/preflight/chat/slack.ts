/** Asks Slack about the tokens: whose they are, and what they may. Nothing is connected and nothing is sent. */
import { z } from "zod";
import { ask, isFinding, type Place, type Reply } from "./ask.ts";
import { type Finding, lack, setAgain, warning } from "./finding.ts";
import { agentScopes, missingScopes, operatorScopes, type SlackScope } from "./slackScopes.ts";

/** Values of the tokens; undefined where one is not set. */
export interface SlackTokens {
  readonly slackBotToken: string | undefined;
  readonly slackAppToken: string | undefined;
  readonly operatorSlackBotToken: string | undefined;
}

const answerSchema = z.looseObject({
  ok: z.boolean(),
  error: z.string().default(""),
  bot_id: z.string().optional(),
  app_id: z.string().optional(),
});
type Answer = z.output<typeof answerSchema>;

/** What is wrong with them. `opening` also asks for a socket's address, which Slack gives a few times a minute only. */
export async function slackCheck(api: string, tokens: SlackTokens, opening: boolean): Promise<readonly Finding[]> {
  const { slackBotToken, slackAppToken, operatorSlackBotToken } = tokens;
  const slack = { label: "Slack", api };
  const bots = slackBotToken?.split(",").map((token) => token.trim()) ?? [];
  const found = await Promise.all([
    ...bots.map((token) => botCheck(slack, "slackBotToken", token, agentScopes, slackAppToken)),
    ...(slackAppToken === undefined ? [] : [appCheck(slack, slackAppToken, opening)]),
    ...(operatorSlackBotToken === undefined
      ? []
      : [botCheck(slack, "operatorSlackBotToken", operatorSlackBotToken, operatorScopes)]),
  ]);
  return found.flat();
}

async function botCheck(
  slack: Place,
  key: string,
  token: string,
  scopes: Readonly<Record<string, SlackScope>>,
  appToken?: string,
): Promise<Finding[]> {
  const called = await call(slack, "auth.test", token);
  if ("kind" in called) return [called];
  const { answer, reply } = called;
  if (!answer.ok) return [refused(key, answer.error)];
  const granted = grantedBy(reply);
  const other = appToken === undefined ? undefined : await otherApp(slack, token, answer.bot_id, appToken, granted);
  return [...(granted === undefined ? [] : lacking(key, scopes, granted)), ...(other === undefined ? [] : [other])];
}

function lacking(key: string, scopes: Readonly<Record<string, SlackScope>>, granted: readonly string[]): Finding[] {
  const { vital, useful } = missingScopes(scopes, granted);
  const flag = key === "operatorSlackBotToken" ? " --operator" : "";
  const mend = `Add it at https://api.slack.com/apps > the app > OAuth & Permissions > Bot Token Scopes (or paste \`./talaria slack-manifest${flag}\` under App Manifest), then Install App > Reinstall.`;
  const told = (list: readonly string[]) =>
    (list.length === 1 ? "the scope " : "scopes: ") +
    list.map((scope) => `${scope} (without it, ${scopes[scope]?.without ?? "something fails"})`).join(", ");
  const mended = (list: readonly string[]) => (list.length === 1 ? mend : mend.replace("Add it", "Add them"));
  return [
    ...(vital.length === 0 ? [] : [lack(`talaria:${key} lacks ${told(vital)}. ${mended(vital)}`)]),
    ...(useful.length === 0 ? [] : [warning(`talaria:${key} lacks ${told(useful)}. ${mended(useful)}`)]),
  ];
}

async function appCheck(slack: Place, token: string, opening: boolean): Promise<Finding[]> {
  const called = await call(slack, opening ? "apps.connections.open" : "auth.test", token);
  if ("kind" in called) return [called];
  const { answer, reply } = called;
  const granted = grantedBy(reply);
  const lacksScope =
    answer.error === "missing_scope" || (answer.ok && granted?.includes("connections:write") === false);
  if (lacksScope) {
    return [
      lack(
        `talaria:slackAppToken lacks the scope connections:write, so Hermes cannot open its socket. Make a new token at https://api.slack.com/apps > your app > Basic Information > App-Level Tokens with that scope, then: ${setAgain("slackAppToken")}`,
      ),
    ];
  }
  if (answer.ok) return [];
  if (/socket|not_allowed_token_type|access_denied/.test(answer.error)) {
    return [
      lack(
        `Slack opens no socket for this app (${answer.error}). Turn on https://api.slack.com/apps > your app > Socket Mode > Enable Socket Mode.`,
      ),
    ];
  }
  return [refused("slackAppToken", answer.error)];
}

/** Tokens of two apps: the socket would open, and no message ever come. An app-level token names its app. */
async function otherApp(
  slack: Place,
  token: string,
  bot: string | undefined,
  appToken: string,
  granted: readonly string[] | undefined,
): Promise<Finding | undefined> {
  const [, app] = /^xapp-\d+-(A[A-Z0-9]+)-/.exec(appToken) ?? [];
  if (bot === undefined || app === undefined || granted?.includes("users:read") === false) return undefined;
  const called = await call(slack, `bots.info?bot=${bot}`, token);
  if ("kind" in called) return undefined; // the token itself was answered for
  const found = z.object({ bot: z.object({ app_id: z.string() }) }).safeParse(called.answer);
  if (!found.success || found.data.bot.app_id === app) return undefined;
  return lack(
    `talaria:slackBotToken is of the app ${found.data.bot.app_id}, talaria:slackAppToken of ${app}: the socket would open, and no message come. Take both from one app (https://api.slack.com/apps/${found.data.bot.app_id}), then: ${setAgain("slackAppToken")}`,
  );
}

/** Why Slack takes a token no more, by its error. */
const reasons: Readonly<Record<string, string>> = {
  invalid_auth: "it does not know the token",
  not_authed: "it does not know the token",
  token_revoked: "the token was revoked, or the app removed from the workspace",
  token_expired: "the token has expired: turn token rotation off in the app's manifest",
  account_inactive: "the app was removed from the workspace, or its bot user deactivated",
  not_allowed_token_type: "it is another kind of token",
  team_access_not_granted: "the workspace has not approved the app",
  ekm_access_denied: "the workspace's administrators have shut it off",
};

function refused(key: string, error: string): Finding {
  if (error === "ratelimited")
    return warning("Slack was asked too often just now, so its tokens are deployed unchecked.");
  const reason = reasons[error] ?? "it refuses the token";
  return lack(
    `Slack says ${error || "no"} to talaria:${key}: ${reason}. Install the app anew (./talaria slack-setup), or: ${setAgain(key)}`,
  );
}

/** Undefined where Slack tells no scopes. */
function grantedBy({ headers }: Reply): readonly string[] | undefined {
  const scopes = headers.get("x-oauth-scopes");
  return scopes === null ? undefined : scopes.split(",").map((scope) => scope.trim());
}

async function call(
  slack: Place,
  method: string,
  token: string,
): Promise<{ readonly answer: Answer; readonly reply: Reply } | Finding> {
  const reply = await ask(slack, `/${method}`, { authorization: `Bearer ${token}` }, "POST");
  if (isFinding(reply)) return reply;
  const answer = answerSchema.safeParse(reply.body);
  if (answer.success) return { answer: answer.data, reply };
  return warning(
    `${slack.label} answered something else than its API does (${new URL(slack.api).host}: ${reply.status}), so its tokens are deployed unchecked.`,
  );
}
