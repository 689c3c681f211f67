import * as z from "zod";
import { alarmLineSchema } from "../../alarms/alarm.ts";
import { lastCareSchema, lastDrillSchema } from "../../snapshots/careNotes.ts";

const instant = z.string().meta({ description: "ISO 8601." });
const problem = z.object({ code: z.string(), message: z.string() });

const transition = z.object({
  at: instant,
  from: z.string(),
  to: z.string(),
  cause: z.string(),
  ms: z.number().meta({ description: "How long the bot was in `from`." }),
});

const memory = z
  .object({
    promoted: z
      .object({
        id: z.string(),
        at: instant,
        ageSeconds: z.number(),
        bytes: z.number().nullable(),
        files: z.number().nullable(),
      })
      .nullable()
      .meta({ description: "The snapshot that the next container becomes." }),
    savedUntil: z.string().nullable().meta({ description: "Everything until then is saved." }),
    run: z.string().nullable().meta({ description: "The run under way: `GET /api/runs/{run}`." }),
    lastRun: z
      .object({
        run: z.string(),
        at: instant,
        saved: z.boolean(),
        outcome: z.string(),
        snapshot: z.string().nullable(),
        problem: problem.nullable(),
      })
      .nullable(),
    late: z.boolean(),
    lastDrill: lastDrillSchema.nullable(),
    lastCare: lastCareSchema.nullable(),
    alarms: z.array(problem.extend({ since: z.string() })),
  })
  .meta({ id: "Memory", description: "What is saved, and what is wrong with it." });

const exec = z
  .object({
    isolation: z.string(),
    boxes: z.number().meta({ description: "Containers in use." }),
    spare: z.number(),
    sessions: z.number(),
    boxMinutesToday: z.number(),
  })
  .meta({ id: "Exec", description: "Where the agent's commands run." });

const image = z.object({ declared: z.string(), running: z.string().nullable() });

export const statusAnswer = z
  .object({
    bot: z.string(),
    stack: z.string(),
    state: z.enum(["absent", "fresh", "restored", "starting", "ready", "stopped", "failed"]),
    desired: z.enum(["running", "asleep", "stopped"]).meta({ description: "What it should be." }),
    engine: z.enum(["cloudflare", "docker", "process"]),
    isolated: z.boolean().meta({ description: "False where what runs inside reaches the whole machine." }),
    since: instant,
    transitions: z.array(transition).meta({ description: "The last ones, oldest first." }),
    lastError: problem.extend({ next: z.string() }).nullable(),
    versions: z.record(z.string(), z.string()).meta({ description: "What is declared." }),
    runningVersions: z.object({ hermes: z.string().nullable() }),
    runsDeclared: z
      .boolean()
      .nullable()
      .meta({ description: "Whether what runs was started with what is declared now; null: nothing runs." }),
    images: z.object({ hermes: image, exec: image, care: image }),
    container: z.enum(["running", "stopped"]),
    gateway_running: z.boolean(),
    pid: z.string().nullable().meta({ description: "The gateway's process." }),
    nextJob: z.object({ id: z.string(), name: z.string(), at: instant }).nullable(),
    sleepAfterSeconds: z.number().nullable(),
    idleSince: z.string().nullable().meta({ description: "When the last client's request or wake ended." }),
    activeRuns: z.number(),
    queuedRuns: z.number(),
    cutStreams: z.number().meta({ description: "Streams that broke half-way, since the bot was made." }),
    alarms: z.array(alarmLineSchema).meta({ description: "What is wrong now: `GET /api/alarms` tells more." }),
    memory,
    why: z
      .object({
        answers: z.boolean().meta({ description: "Whether a chat is answered now, without waiting for a start." }),
        because: z.array(z.string()).meta({ description: "Sentences, the one that matters first." }),
        next: z.string().nullable(),
      })
      .meta({ description: "Why it does not answer, or that it does." }),
    exec: z.union([exec, z.object({ failed: z.string() })]),
  })
  .meta({ id: "Status", description: "The state of the bot, from what is written down: asking wakes nothing." });
