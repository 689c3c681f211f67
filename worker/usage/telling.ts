import { waitUntil } from "cloudflare:workers";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Tell } from "./reading.ts";
import { tally } from "./tally.ts";

/** Counts are told together so long after the first of them; the platform lets a request's leftovers run for 30 seconds. */
const togetherMs = 20_000;

/** After so long whoever waited is gone: a request's leftovers may be ended, an object reset, with nobody told. */
const givenUpMs = 60_000;

let waitsUntil = 0;

/** From now on what this isolate counts reaches the book. What an isolate has not told when it ends suddenly is not counted. */
export function tellWhatIsCounted(tell: Tell, log: Log): void {
  tally.whenCounted = () => {
    if (Date.now() < waitsUntil) return;
    waitsUntil = Date.now() + givenUpMs;
    waitUntil(tellSoon(tell, log));
  };
}

/** The telling counts, too; that alone is no reason to tell again. */
async function tellSoon(tell: Tell, log: Log): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, togetherMs));
  try {
    await tell(tally.reading);
  } catch (error) {
    log("warn", "what was used could not be told, and is told with the next count", { reason: reasonOf(error) });
  } finally {
    waitsUntil = 0;
  }
}
