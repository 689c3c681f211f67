/** What is wrong, or missing, with the chat platforms of a stack, beside the form of single fields. */
import { type ChatSecret, chatSecrets } from "../../../worker/bindings.ts";
import { ownSettings, ownVariables } from "./declaration.ts";
import type { ChatPlatform, ChatValues } from "./platform.ts";
import { type PlatformName, platformNames, platforms, secretsOf } from "./platforms.ts";
import { tokenForms, tokenProblem } from "./tokenForms.ts";

/** One problem; `next` are words, or keys to set. */
export interface ChatProblem {
  readonly key: string;
  /** The key whose line is told, where `key` itself is not set. */
  readonly cause?: string;
  readonly reason: string;
  readonly next: readonly (string | { readonly key: string; readonly value: string; readonly secret?: boolean })[];
}

/** What the check looks at; a key that was refused already is left out. */
export interface ChatConfig {
  readonly plain: Readonly<Partial<Record<PlatformName, ChatValues | undefined>>> & {
    readonly environment?: Readonly<Record<string, string>>;
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly buildArgs?: Readonly<Record<string, string>>;
  };
  /** Secret keys that are set. */
  readonly secretKeys: readonly string[];
  /** Whether a plain key is set at all, right or wrong: what is wrong has been told. */
  readonly given: (key: string) => boolean;
  /** The value of a secret. */
  readonly secret: (key: string) => string;
}

/** Every problem at once. */
export function chatProblems(config: ChatConfig): ChatProblem[] {
  return [
    ...tokens(config),
    ...platformNames.filter((name) => isOn(name, config)).flatMap((name) => platformProblems(name, config)),
    ...setByHand(config),
  ];
}

/** Whether a stack has the platform: its key, or a secret of it. */
export function isOn(name: PlatformName, { plain, secretKeys }: Pick<ChatConfig, "plain" | "secretKeys">): boolean {
  return plain[name] !== undefined || secretsOf(name).some((key) => secretKeys.includes(key));
}

function tokens({ secretKeys, secret }: ChatConfig): ChatProblem[] {
  const wrong = secretKeys.flatMap((key) => {
    const reason = tokenProblem(key, secret(key));
    const { where = "" } = (tokenForms as Readonly<Record<string, { readonly where: string } | undefined>>)[key] ?? {};
    return reason === undefined ? [] : [{ key, reason, next: [where, { key, value: "", secret: true }] }];
  });
  const operator = "operatorSlackBotToken";
  const same = secretKeys.includes(operator) && secretKeys.includes("slackBotToken");
  if (!same || secret(operator) !== secret("slackBotToken")) return wrong;
  return [
    ...wrong,
    {
      key: operator,
      reason:
        "is the token of the agent's own app. The operator's bot is a second app, which lives while the agent is down.",
      next: ["./talaria slack-setup --operator"],
    },
  ];
}

function platformProblems(name: PlatformName, config: ChatConfig): ChatProblem[] {
  const refused = config.given(name) && config.plain[name] === undefined;
  const ofKey = refused ? [] : [...missingFields(name, config), ...whoMayTalk(name, config)];
  const cause = secretsOf(name).find((key) => config.secretKeys.includes(key)) ?? name;
  const all = [...missingSecrets(name, config), ...ofKey, ...missingExtra(name, config)];
  return all.map((problem) => ({ ...problem, cause }));
}

/** What each secret is for, where its lack is no matter of course. */
const purposes: Readonly<Partial<Record<ChatSecret, string>>> = {
  slackAppToken: "Slack hands messages over by Socket Mode, which the bot token alone does not open",
  slackBotToken: "the app-level token only opens the socket; Hermes answers with the bot token",
};

function missingSecrets(name: PlatformName, { secretKeys }: ChatConfig): ChatProblem[] {
  const { label, needs } = platforms[name];
  return needs.flatMap((group) => {
    const [key] = group;
    if (key === undefined || group.some((one) => secretKeys.includes(one))) return [];
    const others = group.slice(1).map((one) => `, and so is talaria:${one}`);
    const why = purposes[key] ?? `${label} needs ${others.length > 0 ? "one of them" : "it"}`;
    const where = tokenForms[key]?.where;
    const guided = name === "slack" ? ["or let ./talaria slack-setup ask for both tokens"] : [];
    const next = [...(where === undefined ? [] : [where]), { key, value: "", secret: true }, ...guided];
    return [{ key, reason: `is missing${others.join("")}: ${why}.`, next }];
  });
}

function missingFields(name: PlatformName, { plain }: ChatConfig): ChatProblem[] {
  const { label, fields } = platforms[name];
  return Object.entries(fields).flatMap(([field, { required = false, meaning }]) => {
    if (!required || plain[name]?.[field] !== undefined) return [];
    const key = `${name}.${field}`;
    return [
      {
        key,
        reason: `is missing, and ${label} does not work without it: ${meaning}.`,
        next: [{ key, value: "<value>" }],
      },
    ];
  });
}

/** Hermes refuses whoever is on no list; without one it answers nobody, and only its log says so. */
function whoMayTalk(name: PlatformName, { plain }: ChatConfig): ChatProblem[] {
  const { label, fields } = platforms[name];
  const { allowedUsers, allowedRoles, allowAllUsers, pairing } = plain[name] ?? {};
  if (fields.allowedUsers === undefined || fields.allowedUsers.environment === undefined) return [];
  const everywhere = ["GATEWAY_ALLOWED_USERS", "GATEWAY_ALLOW_ALL_USERS"].some(
    (variable) => plain.environment?.[variable],
  );
  if (allowAllUsers === true && allowedUsers !== undefined)
    return [
      {
        key: `${name}.allowAllUsers`,
        reason: `is true, so that everybody on ${label} may talk to the bot: the list in allowedUsers says nothing then. Remove one of the two.`,
        next: [{ key: `${name}.allowAllUsers`, value: "false" }],
      },
    ];
  if (
    allowedUsers !== undefined ||
    allowedRoles !== undefined ||
    allowAllUsers === true ||
    pairing === true ||
    everywhere
  )
    return [];
  return [
    {
      key: `${name}.allowedUsers`,
      reason: `is empty, so nobody on ${label} may talk to the bot. Name who may,`,
      next: [
        { key: `${name}.allowedUsers[0]`, value: "<id>" },
        "or let everybody who reaches it talk to it, with all that its tools can do:",
        { key: `${name}.allowAllUsers`, value: "true" },
        "or let in whoever brings a code that you approve (./talaria hermes -- pairing approve …):",
        { key: `${name}.pairing`, value: "true" },
      ],
    },
  ];
}

/** An image with other optional parts than the platform needs would only say so in its log. */
function missingExtra(name: PlatformName, { plain }: ChatConfig): ChatProblem[] {
  const { label, extra } = platforms[name];
  const given = plain.buildArgs?.EXTRAS;
  if (extra === undefined || given === undefined) return [];
  const extras = given.split(/[\s,]+/);
  if (extras.includes(extra) || (name === "slack" && extras.includes("messaging"))) return [];
  return [
    {
      key: "buildArgs.EXTRAS",
      reason: `"${given}" leaves out ${extra}, which ${label} needs in the image of Hermes. Add it, or remove the argument: the stack knows what its platforms need.`,
      next: [{ key: "buildArgs.EXTRAS", value: `${given},${extra}` }],
    },
  ];
}

/** What a key of its own declares has one owner. */
function setByHand({ plain }: ChatConfig): ChatProblem[] {
  const variables = Object.keys(plain.environment ?? {}).flatMap((variable) => {
    const key = `environment.${variable}`;
    const secret = Object.entries(chatSecrets).find(([, { secret }]) => secret === variable);
    if (secret !== undefined)
      return [
        {
          key,
          reason:
            "is a secret, and would be deployed as plain text. Treat it as leaked if the file was ever committed; then store a new one under its own key, and remove this one:",
          next: [{ key: secret[0], value: "", secret: true }, `pulumi config rm --path talaria:${key}`],
        },
      ];
    const field = ownVariables[variable];
    return field === undefined ? [] : [byHand(key, field)];
  });
  const settings = ownSettings.flatMap(({ paths, field }) =>
    paths
      .filter((path) => at(plain.settings ?? {}, path) !== undefined)
      .map((path) => byHand(`settings.${path.join(".")}`, field)),
  );
  return [...variables, ...settings];
}

function byHand(key: string, field: string): ChatProblem {
  return {
    key,
    reason: `is what talaria:${field} declares, in a form that is checked. Set that, and remove this one:`,
    next: [{ key: isList(field) ? `${field}[0]` : field, value: "<value>" }, `pulumi config rm --path talaria:${key}`],
  };
}

/** Whether `slack.allowedUsers` takes several values. */
function isList(field: string): boolean {
  const [name = "", leaf = ""] = field.split(".");
  return (platforms as Readonly<Record<string, ChatPlatform | undefined>>)[name]?.fields[leaf]?.several === true;
}

function at(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (under, step) =>
      typeof under === "object" && under !== null ? (under as Record<string, unknown>)[step] : undefined,
    tree,
  );
}
