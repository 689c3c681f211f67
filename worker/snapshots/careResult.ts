/** What a run of `talaria-state` in a container of its own says of itself: see `container/hermes/README.md`. */
import * as z from "zod";
import { problemOf, problemSchema, type RunProblem, type RunResult } from "./result.ts";
import type { RunEnd } from "./runs.ts";

const ids = z.array(z.string());

const tidiedSchema = z.looseObject({
  outcome: z.literal("tidied"),
  kept: z.number(),
  forgotten: z.number(),
  left: ids,
  missing: ids,
  freedBytes: z.number().nullish(),
});
const blockedSchema = z.looseObject({ outcome: z.literal("blocked"), unreadable: ids, problem: problemSchema });
const passedSchema = z.looseObject({
  outcome: z.literal("passed"),
  snapshot: z.string(),
  sessions: z.number(),
  messages: z.number(),
  memories: z.number(),
});

/** What care did; `undefined` where it did not come to its end. */
export const tidiedIn = (end: RunEnd) => tidiedSchema.safeParse(resultIn(end)).data;
/** Snapshots that restic cannot read, which stopped care before it did anything. */
export const blockedIn = (end: RunEnd) => blockedSchema.safeParse(resultIn(end)).data;
/** What a drill read, if it passed. */
export const passedIn = (end: RunEnd) => passedSchema.safeParse(resultIn(end)).data;

/** Why a run did not do what was asked. */
export function whyNot(end: RunEnd): RunProblem {
  return "result" in end ? problemOf(end.result) : { code: "run_died", message: end.died };
}

function resultIn(end: RunEnd): RunResult | undefined {
  return "result" in end ? end.result : undefined;
}
