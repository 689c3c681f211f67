/** Answers of `/api/alarms`, as far as they are read. */
import * as z from "zod";

const alarmSchema = z.looseObject({
  code: z.string(),
  about: z.string(),
  urgent: z.boolean(),
  state: z.string(),
  what: z.string(),
  since: z.string(),
  until: z.string().nullable(),
  tried: z.array(z.looseObject({ at: z.string(), what: z.string(), outcome: z.string() })),
  next: z.string(),
  told: z.array(z.looseObject({ channel: z.string(), problem: z.string().nullable() })),
  flaps: z.number(),
});
export type AlarmOfBot = z.infer<typeof alarmSchema>;

/** `GET /api/alarms`. */
export const alarmsSchema = z.looseObject({
  current: z.array(alarmSchema),
  past: z.array(alarmSchema),
  channels: z.array(
    z.looseObject({
      name: z.string(),
      target: z.string(),
      lastTold: z.string().nullable(),
      waiting: z.number(),
      problem: z.string().nullable(),
    }),
  ),
  quietUntil: z.string().nullable(),
  breaker: z.array(z.looseObject({ cause: z.string(), open: z.boolean() })),
  ranWell: z
    .looseObject({ image: z.string(), hermes: z.string().nullable(), from: z.string(), until: z.string() })
    .nullable(),
  canary: z
    .looseObject({
      at: z.string(),
      problem: z.string().nullable(),
      tokens: z.number(),
      tokensToday: z.number(),
      ms: z.number(),
    })
    .nullable(),
});
export type Alarms = z.infer<typeof alarmsSchema>;

/** `POST /api/alarms/test`. */
export const alarmsTestSchema = z.looseObject({
  channels: z.array(
    z.looseObject({ name: z.string(), target: z.string(), ok: z.boolean(), problem: z.string().nullable() }),
  ),
});
