import { BotError, reasonOf } from "../errors.ts";
import { copyEvents, errorEvent, isEventStream } from "../wholeStream.ts";

/** Between comments on a stream whose answer is not there yet: proxies and clients give up on silence. */
const heartbeatMs = 5_000;

/** Names the conversation; Hermes gives it back on each answer. */
export const sessionHeader = "x-hermes-session-id";

/** Who hears of an answer that is handed on. */
export interface Listeners {
  /** Its body has ended, or its client has left (which cancels it inside, too). */
  readonly ended: () => void;
  /** It broke inside while it was handed on; the client got an error event. */
  readonly cut: (reason: string) => void;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

/** Hands a response on unbuffered. */
export function passThrough(response: Response, { ended, cut, signal }: Listeners): Response {
  if (response.body === null) {
    ended();
    return response;
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const passed = isEventStream(response)
    ? relay(response.body, writable.getWriter(), signal, cut)
    : response.body.pipeTo(writable, { signal });
  passed.then(ended, ended);
  return new Response(readable, response);
}

/** An event stream that is open at once, sends comments while the bot wakes, then the answer itself. */
export function waitingStream(answer: Promise<Response>, listeners: Listeners, sessionId: string | null): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  pump(answer, writable.getWriter(), listeners).then(listeners.ended, listeners.ended);
  const headers = new Headers({ "content-type": "text/event-stream", "cache-control": "no-cache" });
  if (sessionId !== null) headers.set(sessionHeader, sessionId);
  return new Response(readable, { headers });
}

async function pump(
  answer: Promise<Response>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { signal, cut }: Listeners,
): Promise<void> {
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  const beat = setInterval(() => void write(": the bot is waking\n\n").catch(() => clearInterval(beat)), heartbeatMs);
  try {
    await write(": the bot is waking\n\n");
    const response = await answer;
    clearInterval(beat);
    if (response.ok && response.body && isEventStream(response)) {
      await relay(response.body, writer, signal, cut);
      return;
    }
    // The status is sent already: what went wrong comes as an error event, which OpenAI's clients raise.
    await write(`data: ${(await response.text()).replaceAll("\n", " ")}\n\n`);
  } catch (error) {
    clearInterval(beat);
    signal.throwIfAborted();
    const problem = error instanceof BotError ? error : new BotError("gatewayLost", { reason: reasonOf(error) });
    await write(await errorEvent(problem));
  }
  await writer.close();
}

async function relay(
  body: ReadableStream<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  signal: AbortSignal,
  cut: (reason: string) => void,
): Promise<void> {
  const reason = await copyEvents(body, writer, signal);
  if (reason !== undefined) cut(reason);
  await writer.close();
}
