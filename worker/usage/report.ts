/** What `./talaria cost` is told of the bill of Cloudflare. */
import * as z from "zod";
import { billOf, billSchema } from "../cost/bill.ts";
import type { Shape } from "../cost/estimate.ts";
import { projection } from "../cost/projection.ts";
import { beginOf, dayMs, dayOf } from "../days.ts";
import { derived, monthUsage } from "./bill.ts";
import type { UsedMonth } from "./book.ts";
import { gapDays, hintSchema, hintsOf } from "./hints.ts";
import { parties } from "./reading.ts";

export const usageReportSchema = z.object({
  /** The first day of the month on which anything was counted; null = nothing was. */
  since: z.string().nullable(),
  /** Dollars of what was counted, the plan's fee included. */
  soFar: billSchema,
  /** Of the whole month, if it goes on so; null while too little of it was counted. */
  projected: billSchema.nullable(),
  /** Lines of the bill that are worked out from others: nothing in a Worker can count them. */
  derived: z.array(z.string()),
  /** By container: seconds that it ran, what it was given and what it used; the highest levels that were seen, in bytes. */
  containers: z.array(
    z.object({
      of: z.enum(parties),
      seconds: z.number(),
      memoryGibSeconds: z.number(),
      diskGbSeconds: z.number(),
      vcpuSeconds: z.number(),
      memoryBytes: z.number().nullable(),
      diskBytes: z.number().nullable(),
    }),
  ),
  /** Bytes that were stored in and read from the bucket, and what lay there at most. */
  r2: z.object({ bytesIn: z.number(), bytesOut: z.number(), storedBytes: z.number().nullable() }),
  hints: z.array(hintSchema),
});
export type UsageReport = z.infer<typeof usageReportSchema>;

/** The moment from which gaps between uses are wanted for a report. */
export function gapsSince(now: number): number {
  return now - gapDays * dayMs;
}

/** A month (`2026-11`) of a bot of this shape. `maySleep`: false with a chat platform. */
export function usageReport(
  used: UsedMonth,
  month: string,
  { shape, maySleep, now }: { readonly shape: Shape; readonly maySleep: boolean; readonly now: number },
): UsageReport {
  // A month before the first count, or after the last one, has none.
  const firstDay = used.parties.length > 0 ? used.firstDay : null;
  const times = firstDay === null ? null : projection(month, firstDay, now);
  const whole = times === null ? null : monthUsage(used.parties, month, now, times);
  const worker = used.parties.find(({ of }) => of === "worker");
  return {
    since: firstDay === null ? null : dayOf(Math.max(beginOf(month), beginOf(firstDay))),
    soFar: billOf(monthUsage(used.parties, month, now)),
    projected: whole && billOf(whole),
    derived: [...derived],
    containers: used.parties
      .filter(({ of }) => of !== "worker")
      .map(({ of, amounts, levels }) => ({
        of,
        seconds: amounts.containerSeconds ?? 0,
        memoryGibSeconds: amounts.memoryGibSeconds ?? 0,
        diskGbSeconds: amounts.diskGbSeconds ?? 0,
        vcpuSeconds: amounts.vcpuSeconds ?? 0,
        memoryBytes: levels.memoryBytes ?? null,
        diskBytes: levels.diskBytes ?? null,
      })),
    r2: {
      bytesIn: worker?.amounts.r2BytesIn ?? 0,
      bytesOut: worker?.amounts.r2BytesOut ?? 0,
      storedBytes: worker?.levels.storedBytes ?? null,
    },
    hints:
      whole === null || times === null || firstDay === null
        ? []
        : hintsOf({
            ...{ sizes: shape.sizes, sleepAfterSeconds: shape.sleepAfterSeconds, maySleep, month: whole, times },
            ...{ parties: used.parties, gaps: used.gaps },
            days: Math.min(gapDays, (now - beginOf(firstDay)) / dayMs),
          }),
  };
}
