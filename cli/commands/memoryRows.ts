/** The part of `talaria status` about the memory. */
import { short } from "../describing.ts";
import type { MemoryStatus } from "../memoryApi.ts";
import { count, size } from "../sizes.ts";
import { duration, moment, relative } from "../times.ts";

/** Labelled rows, alarms last. */
export function memoryRows(memory: MemoryStatus | null | undefined, now: Date): [string, string][] {
  if (!memory) return [];
  return [
    ["memory", memoryText(memory, now)],
    ["drill", drillText(memory, now)],
    ["care", careText(memory, now)],
    ...(memory.alarms ?? []).map(({ code, message, since }): [string, string] => [
      "ALARM",
      `${code}: ${message}${since ? ` (since ${moment(since)})` : ""}`,
    ]),
  ];
}

function memoryText({ promoted, savedUntil, run }: MemoryStatus, now: Date): string {
  if (!promoted) return `nothing is saved yet${run ? `; ${run} is under way` : ""}`;
  const parts = [
    `${short(promoted.id)} of ${duration(promoted.ageSeconds * 1000)} ago`,
    ...(promoted.files === null || promoted.files === undefined ? [] : [count(promoted.files, "file")]),
    size(promoted.bytes),
    ...(savedUntil ? [`everything until ${relative(savedUntil, now)} is saved`] : []),
    ...(run ? [`${run} is under way`] : []),
  ];
  return parts.join(", ");
}

function drillText({ lastDrill }: MemoryStatus, now: Date): string {
  if (!lastDrill) return "none yet: ./talaria drill";
  const { at, passed, ms, sessions, memories } = lastDrill;
  const took = ms === null || ms === undefined ? "" : ` in ${duration(ms)}`;
  const read = passed ? ` (${count(sessions ?? 0, "session")}, ${count(memories ?? 0, "memory")})` : "";
  return `${passed ? "passed" : "FAILED"} ${relative(at, now)}${took}${read}`;
}

function careText({ lastCare }: MemoryStatus, now: Date): string {
  if (!lastCare) return "none yet";
  const { at, done, kept } = lastCare;
  const left = done && kept !== null && kept !== undefined ? `, ${count(kept, "snapshot")} kept` : "";
  return `${done ? "done" : "FAILED"} ${relative(at, now)}${left}`;
}
