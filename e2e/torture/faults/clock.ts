/** The clock of the Worker jumps, as a machine's does that was set wrong. */
import type { Fault } from "../fault.ts";

const hour = 3_600_000;
const jumps = { "an hour ahead": hour, "a day ahead": 24 * hour, "an hour back": -hour, "a day back": -24 * hour };

export function clocks(): Fault[] {
  return (["snapshot", "restore"] as const).flatMap((verb) =>
    Object.entries(jumps).map(([how, clockMs]) => ({
      kind: "the Worker's clock",
      at: `${verb}, ${how}`,
      verb,
      arm: (stage) => stage.upload({ clockMs }),
      mend: (stage) => stage.upload({ clockMs: 0 }),
    })),
  );
}
