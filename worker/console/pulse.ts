import { markOf } from "./parts.tsx";
import { script } from "./script/index.ts";
import { style } from "./style.ts";
import type { ConsoleView } from "./view.ts";

/** What an open page goes by, beside its parts. */
export interface Pulse {
  /** Another one: the Worker was uploaded anew, or is declared otherwise, since the page was made. */
  readonly version: string;
  /** Whether the bot is down on purpose; null: nobody knows. */
  readonly rests: boolean | null;
  /** Whether something goes on that a person waits for: such a page looks more often. */
  readonly underWay: boolean;
}

export function pulseOf({ declaration, status }: ConsoleView): Pulse {
  const version = markOf(style + script + JSON.stringify(declaration));
  if ("failed" in status) return { version, rests: null, underWay: true };
  const { state, desired, memory } = status.value;
  const isUp = state === "ready";
  const goesUp = !isUp && state !== "failed" && desired === "running";
  return { version, rests: !isUp && !goesUp, underWay: goesUp || memory.run !== null };
}
