/** What an alarm is: to the routes, to whoever shows it, and in the object's storage. */
import * as z from "zod";
import { type AlarmCode, alarmCodes } from "../declarationSchema.ts";

const instant = z.string().meta({ description: "ISO 8601." });

/** One thing that was done about it, by the bot itself. */
export const triedSchema = z.object({ at: instant, what: z.string(), outcome: z.string() });
export type Tried = z.infer<typeof triedSchema>;

/** One channel that was told, or could not be. */
export const toldSchema = z.object({ channel: z.string(), at: instant, problem: z.string().nullable() });

export const alarmSchema = z
  .object({
    code: z.enum(alarmCodes),
    about: z.string().meta({ description: "Which one, where there may be several: a platform, a job. Else empty." }),
    urgent: z.boolean().meta({ description: "The bot does not do what it is for." }),
    state: z.enum(["raised", "resolved"]),
    what: z.string().meta({ description: "What happened, in a sentence." }),
    since: instant,
    until: z.string().nullable().meta({ description: "When it was over." }),
    tried: z.array(triedSchema).meta({ description: "What was done about it by itself." }),
    next: z.string().meta({ description: "What to type." }),
    told: z.array(toldSchema),
    flaps: z.number().meta({ description: "How often it was gone for a moment and came back." }),
  })
  .meta({ id: "Alarm" });
export type Alarm = z.infer<typeof alarmSchema>;

/** A line of it, for the status. */
export const alarmLineSchema = z.object({
  code: z.enum(alarmCodes),
  about: z.string(),
  what: z.string(),
  since: instant,
});
export type AlarmLine = z.infer<typeof alarmLineSchema>;

export const alarmsReportSchema = z
  .object({
    current: z.array(alarmSchema),
    past: z.array(alarmSchema).meta({ description: "The last 50 that are over, the newest first." }),
    channels: z.array(
      z.object({
        name: z.string(),
        target: z.string().meta({ description: "Where it tells, without a secret." }),
        lastTold: z.string().nullable(),
        waiting: z.number().meta({ description: "Notices that it has not taken yet." }),
        problem: z.string().nullable(),
      }),
    ),
    quietUntil: z.string().nullable().meta({ description: "Nothing is told until then but what is excepted." }),
    breaker: z.array(
      z.object({
        cause: z.string(),
        open: z.boolean().meta({ description: "Nothing more is tried by itself." }),
        remedies: z.array(triedSchema),
      }),
    ),
    ranWell: z
      .object({
        image: z.string(),
        declaration: z.string(),
        hermes: z.string().nullable(),
        from: instant,
        until: instant,
      })
      .nullable()
      .meta({ description: "What last ran without an urgent alarm, and when." }),
    canary: z
      .object({
        at: instant,
        problem: z.string().nullable(),
        tokens: z.number(),
        tokensToday: z.number(),
        ms: z.number(),
      })
      .nullable()
      .meta({ description: "The last tiny turn through the real model, and what these cost." }),
  })
  .meta({ id: "AlarmsReport", description: "What is wrong, what was, and who was told." });
export type AlarmsReport = z.infer<typeof alarmsReportSchema>;

export const alarmsTestSchema = z
  .object({
    channels: z.array(
      z.object({ name: z.string(), target: z.string(), ok: z.boolean(), problem: z.string().nullable() }),
    ),
  })
  .meta({ id: "AlarmsTest", description: "What each channel answered to a test." });
export type AlarmsTest = z.infer<typeof alarmsTestSchema>;

/** Which alarm: a cause and what it is about. */
export interface Subject {
  readonly code: AlarmCode;
  readonly about: string;
}

export const isAbout = (one: Subject, other: Subject): boolean => one.code === other.code && one.about === other.about;
