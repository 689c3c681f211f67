/** What is tried by itself about a cause, and when no more is. Pure decisions; `healer.ts` acts on them. */
import * as z from "zod";
import { type AlarmCode, alarmCodes } from "../declarationSchema.ts";
import { isAbout, type Subject } from "./alarm.ts";

const hourMs = 3_600_000;
/** New gateways that one cause gets within an hour. */
const gatewaysAnHour = 3;
/** What was done is given so long to help before it counts as in vain. */
const helpsWithinMs = 4 * 60_000;
/** A gateway that works is not interrupted for so long; after it, what it does is cut. */
export const patienceMs = 20 * 60_000;

const remedySchema = z.object({
  kind: z.enum(["gateway", "container"]),
  /** Milliseconds since the epoch. */
  at: z.number(),
  /** Null while it is under way, or was cut by a reset of the object. */
  outcome: z.string().nullable(),
});
export type Remedy = z.infer<typeof remedySchema>;

const fuseSchema = z.object({
  code: z.enum(alarmCodes),
  about: z.string(),
  /** Nothing more is tried until the cause is gone, or an operator acts. */
  open: z.boolean(),
  remedies: z.array(remedySchema),
});
/** What was tried about one cause. */
export type Fuse = z.infer<typeof fuseSchema>;
export const fusesSchema = z.array(fuseSchema);

/** What to do about a cause that is raised now. */
export type Step = Remedy["kind"] | "wait" | "open" | "none";

/** The next step. The worst is tried last: a new container, once, then nothing. */
export function nextStep(fuse: Fuse | undefined, now: number): Step {
  if (fuse === undefined) return "gateway";
  if (fuse.open) return "none";
  const recent = recentOf(fuse, now);
  const last = recent.at(-1);
  if (last !== undefined && now - last.at < helpsWithinMs) return "wait";
  if (recent.some(({ kind }) => kind === "container")) return "open";
  return recent.length < gatewaysAnHour ? "gateway" : "container";
}

/** The fuses after a step about a cause. */
export function withStep(fuses: readonly Fuse[], { code, about }: Subject, step: Step, now: number): Fuse[] {
  const before = fuseOf(fuses, { code, about }) ?? { code, about, open: false, remedies: [] };
  const others = fuses.filter((fuse) => fuse !== before && !isAbout(fuse, before));
  if (step === "open") return [...others, { ...before, open: true }];
  if (step !== "gateway" && step !== "container") return [...fuses];
  return [...others, { ...before, remedies: [...recentOf(before, now), { kind: step, at: now, outcome: null }] }];
}

/** The fuses with what came of the last remedy of a cause. */
export function withOutcome(fuses: readonly Fuse[], subject: Subject, outcome: string): Fuse[] {
  return fuses.map((fuse) => {
    const last = fuse.remedies.at(-1);
    if (!isAbout(fuse, subject) || last === undefined) return fuse;
    return { ...fuse, remedies: [...fuse.remedies.slice(0, -1), { ...last, outcome }] };
  });
}

/** A cause is gone: it may be acted on again, within what is left of the hour. */
export function closed(fuses: readonly Fuse[], subject: Subject): Fuse[] {
  return fuses.map((fuse) => (isAbout(fuse, subject) ? { ...fuse, open: false } : fuse));
}

/** Without what is too long ago to count. */
export function swept(fuses: readonly Fuse[], now: number): Fuse[] {
  return fuses
    .map((fuse) => ({ ...fuse, remedies: fuse.open ? fuse.remedies : recentOf(fuse, now) }))
    .filter(({ open, remedies }) => open || remedies.length > 0);
}

export function fuseOf(fuses: readonly Fuse[], subject: Subject): Fuse | undefined {
  return fuses.find((fuse) => isAbout(fuse, subject));
}

/** The clock may go back: what lies in the future happened just now. */
function recentOf({ remedies }: Fuse, now: number): Remedy[] {
  return remedies.filter(({ at }) => now - at < hourMs);
}

/** A name of a cause for the report. */
export const causeName = (code: AlarmCode, about: string) => (about === "" ? code : `${code} ${about}`);
