/** `talaria status --watch`: on a terminal a view that is drawn anew, elsewhere a line for each change. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Status, statusSchema } from "../api.ts";
import type { Context } from "../context.ts";
import { short } from "../describing.ts";
import { repeatedly } from "../repeating.ts";
import { moment } from "../times.ts";
import { statusText } from "./status.ts";

/** Options of `status`. */
export interface StatusOptions {
  /** Goes on with what changes. */
  readonly watch?: boolean;
}

/** Between two questions, milliseconds. */
const askAgainMs = 1000;
const home = "\x1b[H";
const toLineEnd = "\x1b[K";
const toScreenEnd = "\x1b[J";

/** Goes on until Ctrl-C. With `--json` each change is one line: the API's object. */
export async function watchStatus({ output, client }: Context): Promise<void> {
  const bot = await client();
  const isDrawn = process.stdout.isTTY === true && !output.json;
  if (isDrawn) process.stdout.write("\x1b[2J");
  for (let before = ""; ; await sleep(askAgainMs)) {
    const call = { method: "GET", path: "/api/status" } as const;
    const { value, raw } = await repeatedly(output, () => bot.api(call, statusSchema));
    if (isDrawn) {
      output.piece(drawn(statusText(value, new Date())));
      continue;
    }
    const now = changing(value);
    if (now === before) continue;
    before = now;
    output.piece(`${output.json ? JSON.stringify(raw) : `${moment(new Date().toISOString())} ${now}`}\n`);
  }
}

/** Each line over the one that was there: nothing flickers. What is longer than the window is cut. */
function drawn(text: string): string {
  const { rows = 24, columns = 80 } = process.stdout;
  const lines = text.split("\n").slice(0, rows - 1);
  return home + lines.map((line) => line.slice(0, columns) + toLineEnd).join("\n") + toScreenEnd;
}

/** What makes a change worth a line. */
function changing({ state, desired, activeRuns, queuedRuns, transitions, lastError, memory }: Status): string {
  const cause = transitions.at(-1)?.cause;
  const parts = [
    `${state} (wanted: ${desired})`,
    `${activeRuns ?? 0} runs${queuedRuns ? `, ${queuedRuns} wait` : ""}`,
    ...(memory?.promoted ? [`memory ${short(memory.promoted.id)}`] : []),
    ...(cause ? [cause] : []),
    ...(lastError ? [`last error: ${lastError.message}`] : []),
  ];
  return parts.join("; ");
}
