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

/**
 * Secret variables of Hermes' gateway: one JSON object, all ASCII, cut into `<binding>_1`, `<binding>_2`, …, since a Worker's secret takes
 * 5 KB. Its config key is `secretEnvironment`.
 */
export const secretEnvironment = { binding: "SECRET_ENVIRONMENT", partBytes: 5_000, parts: 16 } as const;

/** The binding that sends e-mail; there only where `alarms.email` is declared. */
export const emailBinding = "ALARM_EMAIL";

/** Rate limits of the platform: binding, and how often in how many seconds (10 or 60) one address may. */
export const rateLimits = {
  /** Refused credentials; whoever has more of them is told to wait. */
  refusals: { binding: "REFUSALS", limit: 20, period: 60 },
} as const satisfies Record<string, { binding: string; limit: number; period: 10 | 60 }>;

/** Cloudflare Access as the Worker checks it; the JWKS lies at `<issuer>/cdn-cgi/access/certs`. */
export const accessSchema = z.object({
  /** The team's address, such as `https://team.cloudflareaccess.com`, without a slash at the end. */
  issuer: z.url(),
  /** The `aud` of each application in front of this bot. */
  audiences: z.array(z.string()).min(1),
});
export type AccessDeclaration = z.infer<typeof accessSchema>;

/** How the bot's memory is kept. */
export const snapshotPolicySchema = z.object({
  /** A bot that runs is saved this often, if what would be restored has changed. */
  intervalMinutes: z.number().int().positive(),
  /** How many snapshots stay: the last ones, and the last one of so many hours, days, weeks, months. */
  keep: z.object({
    last: z.number().int().positive(),
    hourly: z.number().int().positive(),
    daily: z.number().int().positive(),
    weekly: z.number().int().positive(),
    monthly: z.number().int().positive(),
  }),
  /** Days between two drills: restores of the newest snapshot into an empty container. */
  drillDays: z.number().int().positive(),
  /** Index files in the repository from which on care is due before its day is over. */
  careIndexFiles: z.number().int().positive(),
});
export type SnapshotPolicy = z.infer<typeof snapshotPolicySchema>;

/** What a container reaches: nothing, the hosts of a list over HTTP and HTTPS, or all. */
export const networkPolicies = ["none", "allowlist", "internet"] as const;

/** What one kind of container reaches; `worker/sandbox/network.ts` says what becomes of it. */
export const networkSchema = z.object({
  network: z.enum(networkPolicies),
  /** Hosts of an allowlist: names, or `*.` and a name for all below it. Empty with the other policies. */
  hosts: z.array(z.string()),
});
export type NetworkDeclaration = z.infer<typeof networkSchema>;

/** How much of the agent's commands shares a container. `session`: a session's. `shared`: all. `command`: each terminal call has one of its own. */
export const isolations = ["command", "session", "shared"] as const;
export type Isolation = (typeof isolations)[number];

/** Where and within which limits the agent's commands run. */
export const execPolicySchema = networkSchema.extend({
  isolation: z.enum(isolations),
  /** Containers in use at once. */
  parallel: z.number().int().positive(),
  /** Containers kept started, unused, while commands come. */
  spare: z.number().int().min(0),
  /** Whether a session's workspace is kept in the bucket. */
  persist: z.boolean(),
  /** A session's container without a command is given back after so long. */
  idleMinutes: z.number().int().positive(),
  /** The longest that a command may run; Hermes' own timeout applies below it. */
  deadlineMinutes: z.number().int().positive(),
  commandsPerMinute: z.number().int().positive(),
  /** Minutes of container time a day (UTC), all containers together. */
  boxMinutesPerDay: z.number().int().positive(),
  /** The longest command, its standard input included. */
  commandKilobytes: z.number().int().positive(),
  /** The most that is kept of one command's output: its head and its tail. */
  outputMegabytes: z.number().int().positive(),
  /** The largest workspace that is kept or copied, packed. */
  workspaceMegabytes: z.number().int().positive(),
  /** Copies of a session's workspace that stay in the bucket. */
  keepWorkspaces: z.number().int().positive(),
  /** Days after a session's last command until its workspace is removed from the bucket. */
  workspaceDays: z.number().int().positive(),
  /** Days that rows of the audit stay. */
  auditDays: z.number().int().positive(),
});
export type ExecPolicy = z.infer<typeof execPolicySchema>;

/** What an alarm can be about, one code per cause. What each means, and when it is told: `worker/alarms/causes.ts`. */
export const alarmCodes = [
  "gaveUp",
  "gatewayDown",
  "notStarting",
  "gatewayWedged",
  "chatDeaf",
  "jobMissed",
  "snapshotLate",
  "drillFailed",
  "drillLate",
  "careFailed",
  "memoryAlarm",
  "modelFailing",
  "canaryFailed",
  "errorRate",
  "execFailed",
  "lookFailed",
  "channelFailed",
] as const;
export type AlarmCode = (typeof alarmCodes)[number];

const seconds = z.number().int().min(0);

/** When an alarm is told, and where. Every field has a default. */
export const alarmPolicySchema = z.object({
  /** Slack channel (id or name) that the operator bot posts in. */
  slackChannel: z.string().optional(),
  /** Addresses of an e-mail; the sender's domain is one of the account's. */
  email: z.object({ from: z.string(), to: z.string() }).optional(),
  /** Times of a day, HH:MM, between which nothing is told but what `except` names. */
  quietHours: z
    .object({ from: z.string(), to: z.string(), timezone: z.string(), except: z.array(z.enum(alarmCodes)) })
    .optional(),
  /** A tiny turn through the real model so often, of a bot that is up; absent: none. */
  canaryMinutes: z.number().int().positive().optional(),
  /** How long a cause has to hold until it is told, instead of what the table of causes says. */
  holdSeconds: z.partialRecord(z.enum(alarmCodes), seconds).default({}),
  /** How long any cause has to be gone until it counts as over, instead of what the table says. */
  goneSeconds: seconds.optional(),
  limits: z
    .object({
      /** The age at which Hermes' heartbeat, written every 30 seconds, stands still. @default 180 */
      heartbeatSeconds: seconds.default(180),
      /** @default 300 */
      jobLateSeconds: seconds.default(300),
      /** Lines of level ERROR in Hermes' log within 15 minutes. @default 30 */
      errorLines: seconds.default(30),
      /** Model calls that failed with none between them that did not. @default 3 */
      modelFailures: seconds.default(3),
    })
    .prefault({}),
});
export type AlarmPolicy = z.output<typeof alarmPolicySchema>;

/** What the Worker needs to know of the stack's declaration. Holds no secret. */
export const declarationSchema = z.object({
  /** Physical name of the Worker. */
  bot: z.string(),
  stack: z.string(),
  /** What runs the containers. Only `process` does not isolate them. */
  engine: z.enum(["cloudflare", "docker", "process"]),
  /** Image reference of each container application. */
  images: z.object({ hermes: z.string(), exec: z.string(), care: z.string() }),
  /** Tag under which each image was pushed, "" for one that the stack did not build. A container knows its tag, never its digest. */
  tags: z.object({ hermes: z.string(), exec: z.string(), care: z.string() }).optional(),
  /** Versions for the status page: talaria, hermes, sandbox SDK. */
  versions: z.record(z.string(), z.string()),
  /** Idle seconds before the bot sleeps; null = never. */
  sleepAfterSeconds: z.number().int().positive().nullable(),
  /** Chat platforms with a socket that Hermes holds open; such a bot does not sleep. */
  chatPlatforms: z.array(z.string()),
  /** Runs that Hermes serves at once; requests beyond it queue in the Agent. */
  maxConcurrentRuns: z.number().int().positive(),
  model: z.object({
    /** Model id, `provider/model` for a named provider, e.g. `anthropic/claude-sonnet-4-6`. */
    default: z.string(),
    /** OpenAI-compatible endpoint of the provider `custom`. */
    baseUrl: z.string().optional(),
    /** Tokens. Set it for models that Hermes cannot look up (at least 64 000). */
    contextLength: z.number().int().min(64_000).optional(),
  }),
  /** Leaves of Hermes' config.yaml that the stack declares; they go into Hermes' managed scope and win. */
  settings: z.record(z.string(), z.unknown()),
  /** Plain environment of the gateway process. */
  environment: z.record(z.string(), z.string()),
  snapshots: snapshotPolicySchema,
  /** What Hermes' own container reaches. */
  agent: networkSchema,
  exec: execPolicySchema,
  /** Absent: every alarm as the table of causes has it, told where a secret says. */
  alarms: alarmPolicySchema.optional(),
  /** Absent: no Access in front of the bot, and no assertion of it opens anything. */
  access: accessSchema.optional(),
  /** Where Hermes' dashboard answers: at the root of a hostname of its own, else under `/dashboard` of the bot's address. */
  dashboard: z.object({ hostname: z.string().optional() }).optional(),
  /** The operator's Slack app. Absent: there is none. */
  operatorBot: z
    .object({
      /** Member ids of those who may ask it. */
      allowedUsers: z.array(z.string()),
      /** Slack's Web API, without a slash at the end. */
      slackApi: z.url(),
    })
    .optional(),
  /** Origins (scheme, host, port) whose pages may ask /v1 from a browser. */
  corsOrigins: z.array(z.string()).optional(),
});
export type Declaration = z.infer<typeof declarationSchema>;
