/** `talaria logs`: the last lines of the gateway and the Worker, also of a bot that is down. */
import { setTimeout as sleep } from "node:timers/promises";
import { type LogLine, logsSchema } from "../api.ts";
import type { Context } from "../context.ts";
import { plainText } from "../plainText.ts";
import { repeatedly } from "../repeating.ts";
import { moment } from "../times.ts";

/** Options of `logs`. */
export interface LogsOptions {
  /** How many lines. */
  readonly tail: number;
  /** One of `gateway` and `worker`; both when left out. */
  readonly source?: string;
  /** One of `info`, `warn` and `error`: that level and worse. */
  readonly level?: string;
  /** Goes on with what comes. */
  readonly follow?: boolean;
}

/** Between two questions, milliseconds. */
const askAgainMs = 1000;
/** The most that one answer holds; a question goes on where the one before ended. */
const mostLines = 2000;

/** Prints the lines, oldest first. With `--json` an array, one line for each of them where it follows. */
export async function logs({ output, client }: Context, { tail, source, level, follow }: LogsOptions): Promise<void> {
  const bot = await client();
  const asked = (more: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({ ...more, ...(source && { source }), ...(level && { level }) });
    return { method: "GET", path: `/api/logs?${query}` } as const;
  };
  const { lines, next } = (await bot.api(asked({ tail: String(tail) }), logsSchema)).value;
  if (!follow) {
    output.result(lines, () => (lines.length === 0 ? "no lines yet" : lines.map(text).join("\n")));
    return;
  }
  const show = (line: LogLine) => output.piece(`${output.json ? JSON.stringify(line) : text(line)}\n`);
  lines.forEach(show);
  for (let since = next ?? 0; ; ) {
    await sleep(askAgainMs);
    const call = asked({ tail: String(mostLines), since: String(since) });
    const { value } = await repeatedly(output, () => bot.api(call, logsSchema));
    value.lines.forEach(show);
    since = value.next ?? since;
  }
}

function text({ at, source, level, text }: LogLine): string {
  return `${moment(at)} ${source ?? "-"} ${level ?? "-"} ${plainText(text)}`;
}
