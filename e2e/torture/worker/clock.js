/** A clock that has jumped by as much as the variable `TORTURE_CLOCK` of the upload says, in milliseconds. */
import { env } from "cloudflare:workers";

/** Shifts `Date` for everything of the Worker's. R2's own times, timers and alarms go by the machine's clock. */
export function shiftClock() {
  const shift = Number(env.TORTURE_CLOCK ?? 0);
  if (!shift) return;
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    /** @param {any[]} given */
    constructor(...given) {
      if (given.length === 0) super(RealDate.now() + shift);
      else super(...given);
    }
    static now() {
      return RealDate.now() + shift;
    }
  };
}
