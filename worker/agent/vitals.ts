import * as z from "zod";

const platformSchema = z.object({
  name: z.string(),
  /** As Hermes calls it: `connected`, `retrying`, `fatal`, … It may call a dead connection connected. */
  state: z.string(),
  error: z.string().nullable(),
  /** Since Hermes wrote that state. */
  stateSeconds: z.number().nullable(),
  /** Whether the platform has a connection over which something ever came. Null: it cannot be told. */
  hasSocket: z.boolean().nullable(),
  /** Since that connection last received a byte. Null: it cannot be told. */
  silentSeconds: z.number().nullable(),
  /** How long a live connection of this platform can be silent. Null: it is not known. */
  silenceLimitSeconds: z.number().nullable(),
});

const missedJobSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** ISO 8601. */
  dueAt: z.string(),
  lateSeconds: z.number(),
  /** Hermes dropped it, a one-shot whose time had passed: it never runs. Otherwise it waits still. */
  lost: z.boolean(),
});

/** What `talaria-state vitals` says of Hermes, which it neither asks nor wakes. */
export const vitalsSchema = z.object({
  /** ISO 8601. */
  at: z.string(),
  gatewayState: z.string().nullable(),
  /** Age of the heartbeat that Hermes' event loop writes each 30 seconds. Null: there is none. */
  heartbeatSeconds: z.number().nullable(),
  platforms: z.array(platformSchema),
  /** Jobs that did not run although due. One that is disabled, paused or running is none. */
  missedJobs: z.array(missedJobSchema),
  /** Records of level ERROR and worse in Hermes' log within the window, and the first line of the last, without secrets. */
  errors: z.object({ windowSeconds: z.number(), count: z.number(), last: z.string().nullable() }),
  /** Hermes' next scheduled job. Null also where the schedule cannot be read. */
  next: z.object({ id: z.string(), name: z.string(), at: z.string() }).nullable(),
  /** Why the schedule cannot be read. */
  scheduleProblem: z.string().nullable(),
  /** The last lines of Hermes' log files, where they were asked for. */
  lines: z.array(z.looseObject({ at: z.string(), level: z.string(), text: z.string() })),
});
export type Vitals = z.infer<typeof vitalsSchema>;
export type PlatformVitals = Vitals["platforms"][number];
