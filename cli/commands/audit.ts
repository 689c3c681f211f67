/** `talaria audit`: the commands that the agent ran and what operators had it do, and what came of them. */
import type { Context } from "../context.ts";
import { type AuditRow, auditSchema } from "../execApi.ts";
import { plainText } from "../plainText.ts";
import { repeatedly } from "../repeating.ts";
import { size } from "../sizes.ts";
import { duration, moment } from "../times.ts";

/** Options of `audit`. */
export interface AuditOptions {
  /** One session's commands; all when left out. */
  readonly session?: string;
  /** The last ones, how many. */
  readonly tail: number;
  /** Goes on with what comes. */
  readonly follow?: boolean;
}

/** How long the bot holds a question while nothing comes, seconds. */
const waitSeconds = 25;

/** Prints the rows, oldest first. With `--json` an array, one line for each row where it follows. */
export async function audit({ output, client }: Context, { session, tail, follow }: AuditOptions): Promise<void> {
  const bot = await client();
  const asked = (more: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({ ...(session === undefined ? {} : { session }), ...more });
    return { method: "GET", path: `/api/audit?${query}` } as const;
  };
  const { rows, next } = (await bot.api(asked({ limit: String(tail) }), auditSchema)).value;
  if (!follow) {
    output.result(rows, () => (rows.length === 0 ? "no commands and no acts yet" : rows.map(line).join("\n")));
    return;
  }
  const show = (row: AuditRow) => output.piece(`${output.json ? JSON.stringify(row) : line(row)}\n`);
  rows.forEach(show);
  for (let since = next; ; ) {
    const call = asked({ since: String(since), wait: String(waitSeconds) });
    const { value } = await repeatedly(output, () => bot.api(call, auditSchema));
    value.rows.forEach(show);
    since = value.next;
  }
}

function line(row: AuditRow): string {
  const { at, session, kind, box, exit, endedBy, seconds, bytes, command, by } = row;
  const end = endedBy && endedBy !== "exit" ? `${endedBy} ${exit ?? "-"}` : `exit ${exit ?? "-"}`;
  const took = seconds === null || seconds === undefined ? "-" : duration(seconds * 1000);
  const place = kind === "act" ? [kind, plainText(by ?? "-")] : [plainText(session), kind, box ?? "-"];
  const facts = [moment(at), ...place, end, took, ...(kind === "act" ? [] : [size(bytes)])];
  return `${facts.join("  ")}  ${plainText(command)}`;
}
