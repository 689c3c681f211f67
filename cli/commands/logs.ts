/** `talaria logs`: the last lines of the gateway and the Worker, also of a bot that is down. */
import { logsSchema } from "../api.ts";
import type { Context } from "../context.ts";
import { moment } from "../times.ts";

/** Options of `logs`. */
export interface LogsOptions {
  /** How many lines. */
  readonly tail: number;
  /** One of `gateway` and `worker`; both when left out. */
  readonly source?: string;
}

/** Prints the lines, oldest first. */
export async function logs({ output, client }: Context, { tail, source }: LogsOptions): Promise<void> {
  const query = new URLSearchParams({ tail: String(tail), ...(source === undefined ? {} : { source }) });
  const { value } = await (await client()).api({ method: "GET", path: `/api/logs?${query}` }, logsSchema);
  output.result(value.lines, () =>
    value.lines.length === 0
      ? "no lines yet"
      : value.lines
          .map((line) => `${moment(line.at)} ${line.source ?? "-"} ${line.level ?? "-"} ${line.text}`)
          .join("\n"),
  );
}
