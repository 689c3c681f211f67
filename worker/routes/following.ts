import type { LogPage, LogsQuery } from "../agent/journal.ts";

const pollMs = 1_000;
/** A silent stream says so this often: proxies in between close what seems dead. */
const heartbeatMs = 15_000;
/** Questions of one stream: the platform allows a request a thousand. Whoever follows comes again, with `Last-Event-ID`. */
const longestPolls = 600;
/** Lines after the first answer that are read at once. */
const pageLines = 500;

/**
 * The log as server-sent events: one `line` each, the last of those that came together with its cursor as `id`. Ends with
 * the client, after ten minutes, or where the bot does not answer: it may have been replaced.
 * @param read asks the bot's journal
 */
export function followed(
  { tail, source, level, since: begin }: LogsQuery,
  read: (wanted: LogsQuery) => Promise<LogPage>,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Response {
  const encoder = new TextEncoder();
  let since = begin;
  let polls = 0;
  let gone = false;

  /** The next piece of the stream; undefined: it is over. */
  async function next(): Promise<string | undefined> {
    for (let silentMs = 0; silentMs < heartbeatMs && !gone; silentMs += pollMs) {
      if (polls > 0) await pause(pollMs);
      if (gone || polls >= longestPolls) return undefined;
      const page = await read({ tail: polls === 0 ? tail : pageLines, source, level, since });
      polls += 1;
      since = page.next;
      if (page.lines.length > 0) return events(page);
      if (polls === 1) return ": the log so far is empty\n\n";
    }
    return ": nothing new\n\n";
  }

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = await next();
        if (piece === undefined) return controller.close();
        controller.enqueue(encoder.encode(piece));
      } catch {
        // Whoever follows notices, and comes again: an upload resets the Agent, for one.
        controller.enqueue(encoder.encode(": the bot does not answer just now\n\n"));
        controller.close();
      }
    },
    cancel() {
      gone = true;
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

function events({ lines, next }: LogPage): string {
  const last = lines.length - 1;
  const told = lines.map(
    (line, n) => `event: line\n${n === last ? `id: ${next}\n` : ""}data: ${JSON.stringify(line)}\n\n`,
  );
  return told.join("");
}
