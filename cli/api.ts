/** The answers of /api, as far as the command line reads them. Fields that it does not know are left alone. */
import { z } from "zod";
import { memorySchema } from "./memoryApi.ts";

const instant = z.union([z.string(), z.number()]).nullish();
const text = z.string().nullish();

/** The error body of /api and, without `next`, of /v1. */
export const errorSchema = z.object({
  error: z.looseObject({
    code: z.union([z.string(), z.number()]).nullish(),
    type: text,
    message: z.string(),
    next: text,
  }),
});

const problem = z.looseObject({ code: z.string(), message: z.string(), next: text });
const image = z.looseObject({ declared: text, running: text });

/** `GET /api/status`. */
export const statusSchema = z.looseObject({
  bot: z.string(),
  stack: z.string(),
  state: z.string(),
  desired: z.string(),
  engine: z.string(),
  isolated: z.boolean(),
  since: instant,
  transitions: z.array(
    z.looseObject({ at: instant, from: z.string(), to: z.string(), cause: text, ms: z.number().nullish() }),
  ),
  lastError: problem.nullish(),
  versions: z.record(z.string(), text),
  runningVersions: z.record(z.string(), text).nullish(),
  images: z.record(z.string(), image),
  nextJob: z.looseObject({ id: z.string(), name: text, at: instant }).nullish(),
  sleepAfterSeconds: z.number().nullish(),
  idleSince: instant,
  activeRuns: z.number().nullish(),
  queuedRuns: z.number().nullish(),
  cutStreams: z.number().nullish(),
  exec: z
    .looseObject({
      isolation: z.string(),
      boxes: z.number(),
      spare: z.number(),
      sessions: z.number(),
      boxMinutesToday: z.number(),
    })
    .or(z.looseObject({ failed: z.string() }))
    .nullish(),
  memory: memorySchema.nullish(),
  model: z.looseObject({ default: z.string(), proxied: z.boolean() }).nullish(),
  alarms: z.array(z.looseObject({ code: z.string(), about: z.string(), what: z.string(), since: instant })).nullish(),
  why: z.looseObject({ answers: z.boolean(), because: z.array(z.string()), next: text }).nullish(),
});
export type Status = z.infer<typeof statusSchema>;

/** `GET /api/logs`. */
const logLineSchema = z.looseObject({ at: instant, source: text, level: text, text: z.string() });
export type LogLine = z.infer<typeof logLineSchema>;
/** `next` asks for what comes after, as `since`. */
export const logsSchema = z.looseObject({ lines: z.array(logLineSchema), next: z.number().nullish() });

/** `POST /api/wake`. */
export const wakeSchema = z.looseObject({ state: z.string(), ms: z.number().nullish(), cause: text });

/** `POST /api/stop`. */
export const stopSchema = z.looseObject({ state: z.string(), ms: z.number().nullish(), unsaved: text });

/** `POST /api/restart` and `POST /api/restart-gateway`. `did`: `restarted`, or `started` a bot that was down. */
export const restartSchema = stopSchema.extend({ did: text });

/** `POST /api/converge`. */
export const convergeSchema = z.looseObject({
  converged: z.boolean(),
  state: z.string(),
  action: z.string(),
  waitingFor: text,
  message: z.string(),
});
export type Convergence = z.infer<typeof convergeSchema>;

const usage = z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() });

/** `POST /v1/chat/completions` in one piece. */
export const completionSchema = z.looseObject({
  model: text,
  choices: z.array(z.looseObject({ message: z.looseObject({ content: text }), finish_reason: text })).min(1),
  usage: usage.nullish(),
  error: z.looseObject({ message: z.string() }).nullish(),
  hermes: z.looseObject({ error: text }).nullish(),
});

/** One event of a streamed `POST /v1/chat/completions`. */
export const chunkSchema = z.looseObject({
  model: text,
  choices: z
    .array(z.looseObject({ delta: z.looseObject({ content: text }).nullish(), finish_reason: text }))
    .optional(),
  usage: usage.nullish(),
  error: z.looseObject({ message: z.string(), code: text }).nullish(),
});

/** The event `hermes.tool.progress` of such a stream. */
export const progressSchema = z.looseObject({ tool: z.string(), label: text, status: text });
