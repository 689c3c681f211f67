/**
 * Keeps a stream of events from ending in silence. A break of the connection inside looks to a client like the end of the
 * answer, so a stream that ends without its last event ends in an error event instead.
 */
import { BotError, reasonOf } from "./errors.ts";

/** Last events of chat completions, of responses and of runs (all as Hermes writes them), and an error in their place. */
const lastEvent = /^(data: \[DONE\]|event: response\.(completed|failed|incomplete)$|: stream closed|data: \{"error":)/m;

/** Whether a response is a stream of events. */
export function isEventStream({ headers, body }: Response): boolean {
  return body !== null && headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/**
 * Copies whole events. Returns why the stream was cut, after an error event in the place of the rest; undefined when it
 * came whole. Does not close `writer`. @throws what the client's leaving throws: that is no cut
 */
export async function copyEvents(
  source: ReadableStream<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reader = source.getReader();
  const leave = () => void reader.cancel("the client left").catch(() => {}); // it broke by itself meanwhile
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave);
  writer.closed.catch(leave);
  const events = new EventFrames();
  const write = (text: string) => (text === "" ? undefined : writer.write(new TextEncoder().encode(text)));
  try {
    for (;;) {
      const read = await reader.read().catch((error: unknown) => ({ broken: reasonOf(error) }));
      signal.throwIfAborted();
      if ("broken" in read) return await cut(read.broken, write);
      await write(read.done ? events.rest() : events.whole(read.value));
      if (read.done) return events.ended ? undefined : await cut("the stream ended without its last event", write);
    }
  } catch (error) {
    leave();
    throw error;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

async function cut(reason: string, write: (text: string) => Promise<void> | undefined): Promise<string> {
  await write(await errorEvent(new BotError("gatewayLost", { reason })));
  return reason;
}

/** An error as OpenAI's clients raise it from a stream. */
export async function errorEvent(problem: BotError): Promise<string> {
  return `data: ${await problem.toOpenAi().text()}\n\n`;
}

/** Finds whole events in chunks: half of one before an error event would make both unreadable. */
class EventFrames {
  private readonly decoder = new TextDecoder();
  private half = "";
  /** Whether the last event has come. */
  ended = false;

  whole(bytes: Uint8Array): string {
    const text = this.half + this.decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf("\n\n") + 2;
    this.half = end < 2 ? text : text.slice(end);
    return this.passing(end < 2 ? "" : text.slice(0, end));
  }

  /** What is left at the end of the stream: a last event whose blank line is missing, or half of another, which is dropped. */
  rest(): string {
    return lastEvent.test(this.half) ? `${this.passing(this.half).trimEnd()}\n\n` : "";
  }

  private passing(events: string): string {
    this.ended ||= lastEvent.test(events);
    return events;
  }
}
