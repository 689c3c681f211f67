/** Where a small server is cheaper than Cloudflare. */
import { billOf } from "./bill.ts";
import { usageOf, usualUse } from "./estimate.ts";
import { standardShape } from "./shape.ts";

/** Dollars a month of servers with 4 GB, the memory of the usual size, by vendor. */
const vpsDollars = { least: 5, middle: 10, most: 24 };

/**
 * Hours a day above which a bot costs more than so many dollars a month, to a tenth; undefined = it costs less awake all day. Of its
 * hours `usedHours` are used, the others are its `sleepAfter`.
 */
export function hoursFor(dollars: number, usedHours: number = usualUse.hoursPerDay): number | undefined {
  for (let tenths = 0; tenths <= 240; tenths++) {
    const hours = tenths / 10;
    const hoursPerDay = Math.min(hours, usedHours);
    const shape = { ...standardShape, sleepAfterSeconds: (hours - hoursPerDay) * 3_600 };
    if (billOf(usageOf(shape, { hoursPerDay })).total > dollars) return Math.max(0, tenths - 1) / 10;
  }
  return undefined;
}

/** The README's words. */
export function vpsText(): string {
  const { least, middle, most } = vpsDollars;
  return `A small VPS is cheaper for a bot that is seldom asleep: with 4 GB it costs about $${least} to $${most} a month, depending on the vendor. At $${most} it is cheaper above ${hoursFor(most)} awake hours a day, at $${middle} above ${hoursFor(middle)}, at $${least} always: that is the plan's fee.`;
}
