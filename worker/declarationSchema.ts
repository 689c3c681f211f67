/**
 * What a stack tells its Worker about the bot, without a secret. `infra` writes it into the upload as {@link declarationModule} of
 * `bindings.ts`, the Worker reads it, the agent's container fetches it.
 * Imports nothing but zod, and schemas that do as well, because it is loaded by Node (the Pulumi program) and by workerd alike.
 */
import * as z from "zod";
import { declaredSizesSchema } from "./cost/sizes.ts";
import { declaredFilesShape } from "./declaredFilesSchema.ts";
import { mcpServerSchema } from "./mcpSchema.ts";
import { aiGatewaySchema } from "./model/aiGatewaySchema.ts";
import { restartSchema } from "./restartSchema.ts";
import { spendSchema } from "./spend/limits.ts";

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
  "spendCapReached",
  "spendNearCap",
  "modelUnpriced",
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
    /** Other models, by the name that a request of the API gives as its model. */
    routes: z.record(z.string(), z.object({ model: z.string() })).optional(),
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
  /** MCP servers that the stack declares; they go into Hermes' managed scope. Absent: none. */
  mcpServers: z.record(z.string(), mcpServerSchema).optional(),
  ...declaredFilesShape,
  /** IANA name of Hermes' time zone. Absent: the container's, UTC. */
  timezone: z.string().optional(),
  /** Options behind `hermes gateway run`. */
  extraArgs: z.array(z.string()).optional(),
  /** Absent: always started again, after five seconds. */
  restart: restartSchema.optional(),
  /** What stands between the Worker and the providers of models. Absent: nothing. */
  aiGateway: aiGatewaySchema.optional(),
  /** What the bot may spend on models. Absent: it is counted, and not capped. */
  spend: spendSchema.optional(),
  /** What an estimate of the bill goes by: hours of use a day, and the stretches that they come in. */
  estimate: z.object({ hoursPerDay: z.number().min(0), stretches: z.number().min(0) }).optional(),
  /** Of each application's containers. Absent: the usual ones. */
  sizes: declaredSizesSchema.optional(),
});
export type Declaration = z.infer<typeof declarationSchema>;
