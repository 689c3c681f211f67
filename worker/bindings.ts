/**
 * The one list of what the Worker is given: Durable Object classes, bucket, vars and secrets.
 * `infra` builds the upload from it and the Worker types its `env` by it, so the two sides cannot disagree.
 * Imports nothing but zod, because it is loaded by Node (the Pulumi program) and by workerd alike.
 */
import * as z from "zod";

/**
 * Compatibility date and flags of the upload. From 2026-04-01 on, containers have a PID namespace of their own.
 * The signals tell a request, and those it makes, that its client has left.
 */
export const compatibility = {
  date: "2026-11-01",
  flags: ["nodejs_compat", "enable_request_signal", "request_signal_passthrough"],
} as const;

/** The three container applications of a bot. */
export const applications = ["hermes", "exec", "care"] as const;
export type ApplicationName = (typeof applications)[number];

/** Durable Object classes that the Worker exports; those with an `application` own containers. All use SQLite storage. */
export const classes = {
  Agent: { binding: "AGENT" },
  ExecSession: { binding: "EXEC_SESSION" },
  ExecPool: { binding: "EXEC_POOL" },
  Spend: { binding: "SPEND" },
  AgentBox: { binding: "AGENT_BOX", application: "hermes" },
  ExecBox: { binding: "EXEC_BOX", application: "exec" },
  CareBox: { binding: "CARE_BOX", application: "care" },
} as const satisfies Record<string, { binding: string; application?: ApplicationName }>;
export type ClassName = keyof typeof classes;

/** R2 bucket bindings. */
export const buckets = { snapshots: "SNAPSHOTS" } as const;

/** The text module inside the upload that carries the declaration (variables are limited to 5 KB each). */
export const declarationModule = "declaration.txt";

/** Secrets that the stack generates. Each is bound as JSON text of {@link RotatingSecret}. */
export const generatedSecrets = {
  adminToken: "ADMIN_TOKEN",
  clientToken: "CLIENT_TOKEN",
  apiServerKey: "API_SERVER_KEY",
  sessionKey: "SESSION_KEY",
} as const;
export type GeneratedSecret = keyof typeof generatedSecrets;

/** What the values of each begin with, so that a person, and whatever looks for lost ones, knows them. 43 characters of base64url follow. */
export const secretPrefixes = {
  adminToken: "talaria-admin-",
  clientToken: "talaria-client-",
  apiServerKey: "talaria-hermes-",
  sessionKey: "talaria-session-",
} as const satisfies Record<GeneratedSecret, string>;

/** A generated secret with the one before it, which stays valid until `previousUntil` (ISO 8601). */
export const rotatingSecretSchema = z.object({
  current: z.string().min(16),
  previous: z.string().min(16).optional(),
  previousUntil: z.string().optional(),
});
export type RotatingSecret = z.infer<typeof rotatingSecretSchema>;

/** Model providers: config key of the secret, its binding, and where the model proxy sends the request. */
export const providers = {
  anthropic: { configKey: "anthropicApiKey", secret: "ANTHROPIC_API_KEY", baseUrl: "https://api.anthropic.com" },
  openrouter: { configKey: "openrouterApiKey", secret: "OPENROUTER_API_KEY", baseUrl: "https://openrouter.ai/api/v1" },
  openai: { configKey: "openaiApiKey", secret: "OPENAI_API_KEY", baseUrl: "https://api.openai.com/v1" },
  /** Any OpenAI-compatible endpoint; its base URL is `talaria:model` field `baseUrl`. */
  custom: { configKey: "modelApiKey", secret: "MODEL_API_KEY", baseUrl: undefined },
} as const;
export type ProviderName = keyof typeof providers;

/** What a model's name begins with that Hermes asks by itself, with its own login at OpenAI: no key of the Worker's, no model proxy. */
export const codexPrefix = "openai-codex/";
export const isCodex = (model: string): boolean => model.startsWith(codexPrefix);

/**
 * Secrets of chat platforms: config key → binding, which is also the name of Hermes' environment variable. They go to the
 * gateway's process alone; `infra/config/chat/platforms.ts` says what else a platform takes.
 */
export const chatSecrets = {
  slackBotToken: { platform: "slack", secret: "SLACK_BOT_TOKEN" },
  slackAppToken: { platform: "slack", secret: "SLACK_APP_TOKEN" },
  telegramBotToken: { platform: "telegram", secret: "TELEGRAM_BOT_TOKEN" },
  discordBotToken: { platform: "discord", secret: "DISCORD_BOT_TOKEN" },
  matrixAccessToken: { platform: "matrix", secret: "MATRIX_ACCESS_TOKEN" },
  matrixPassword: { platform: "matrix", secret: "MATRIX_PASSWORD" },
  mattermostToken: { platform: "mattermost", secret: "MATTERMOST_TOKEN" },
  emailPassword: { platform: "email", secret: "EMAIL_PASSWORD" },
  ircServerPassword: { platform: "irc", secret: "IRC_SERVER_PASSWORD" },
  ircNickservPassword: { platform: "irc", secret: "IRC_NICKSERV_PASSWORD" },
  ntfyToken: { platform: "ntfy", secret: "NTFY_TOKEN" },
  googleChatServiceAccount: { platform: "googleChat", secret: "GOOGLE_CHAT_SERVICE_ACCOUNT_JSON" },
  dingtalkClientSecret: { platform: "dingtalk", secret: "DINGTALK_CLIENT_SECRET" },
  feishuAppSecret: { platform: "feishu", secret: "FEISHU_APP_SECRET" },
  wecomSecret: { platform: "wecom", secret: "WECOM_SECRET" },
  weixinToken: { platform: "weixin", secret: "WEIXIN_TOKEN" },
  qqClientSecret: { platform: "qq", secret: "QQ_CLIENT_SECRET" },
  yuanbaoAppSecret: { platform: "yuanbao", secret: "YUANBAO_APP_SECRET" },
  homeassistantToken: { platform: "homeassistant", secret: "HASS_TOKEN" },
} as const;
export type ChatSecret = keyof typeof chatSecrets;

/** Other secrets that come from stack config. */
export const configSecrets = {
  repositoryPassword: "REPOSITORY_PASSWORD",
  /** Of the operator's Slack app: what it answers by, and what Slack signs requests to it with. */
  operatorSlackBotToken: "OPERATOR_SLACK_BOT_TOKEN",
  operatorSlackSigningSecret: "OPERATOR_SLACK_SIGNING_SECRET",
  alarmWebhookUrl: "ALARM_WEBHOOK_URL",
  alarmWebhookSecret: "ALARM_WEBHOOK_SECRET",
} as const;

/** Secrets that the stack is given by Cloudflare for something that it has made there. */
export const madeSecrets = { aiGatewayToken: "AI_GATEWAY_TOKEN" } as const;

/**
 * Secret variables of Hermes' gateway: one JSON object, all ASCII, cut into `<binding>_1`, `<binding>_2`, …, since a Worker's secret takes
 * 5 KB. Its config key is `secretEnvironment`.
 */
export const secretEnvironment = { binding: "SECRET_ENVIRONMENT", partBytes: 5_000, parts: 16 } as const;

/** Secret files of Hermes' home, cut in the same way: JSON of {@link secretFilesSchema}. */
export const secretFiles = { binding: "SECRET_FILES", partBytes: 5_000, parts: 16 } as const;

/** Path in Hermes' home → what is written there before the gateway starts. */
export const secretFilesSchema = z.record(
  z.string(),
  z.object({
    content: z.string(),
    /** Whether another content than the one written last replaces what is there; else only an absent file is written. */
    overwrite: z.boolean(),
    /** The config key that names the file. */
    key: z.string(),
  }),
);
export type SecretFiles = z.infer<typeof secretFilesSchema>;

/** The binding that sends e-mail; there only where `alarms.email` is declared. */
export const emailBinding = "ALARM_EMAIL";

/** Rate limits of the platform: binding, and how often in how many seconds (10 or 60) one address may. */
export const rateLimits = {
  /** Refused credentials; whoever has more of them is told to wait. */
  refusals: { binding: "REFUSALS", limit: 20, period: 60 },
} as const satisfies Record<string, { binding: string; limit: number; period: 10 | 60 }>;
