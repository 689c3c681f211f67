import { BotError, reasonOf } from "../errors.ts";

/** Between comments on a stream whose answer is not there yet: proxies and clients give up on silence. */
const heartbeatMs = 5_000;

/** Names the conversation; Hermes gives it back on each answer. */
export const sessionHeader = "x-hermes-session-id";

/** Hands a response on unbuffered and says when its body has ended, or its client has left (which cancels it inside, too). */
export function passThrough(response: Response, ended: () => void, signal: AbortSignal): Response {
  if (response.body === null) {
    ended();
    return response;
  }
  const { readable, writable } = new TransformStream();
  response.body.pipeTo(writable, { signal }).then(ended, ended);
  return new Response(readable, response);
}

/** An event stream that is open at once, sends comments while the bot wakes, then the answer itself. */
export function waitingStream(
  answer: Promise<Response>,
  ended: () => void,
  { signal, sessionId }: { readonly signal: AbortSignal; readonly sessionId: string | null },
): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  pump(answer, writable, signal).then(ended, ended);
  const headers = new Headers({ "content-type": "text/event-stream", "cache-control": "no-cache" });
  if (sessionId !== null) headers.set(sessionHeader, sessionId);
  return new Response(readable, { headers });
}

async function pump(
  answer: Promise<Response>,
  writable: WritableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const writer = writable.getWriter();
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  const beat = setInterval(() => void write(": the bot is waking\n\n").catch(() => clearInterval(beat)), heartbeatMs);
  try {
    await write(": the bot is waking\n\n");
    const response = await answer;
    clearInterval(beat);
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    if (response.ok && isStream && response.body) {
      writer.releaseLock();
      await response.body.pipeTo(writable, { signal });
      return;
    }
    // The status is sent already: what went wrong comes as an error event, which OpenAI's clients raise.
    await write(`data: ${(await response.text()).replaceAll("\n", " ")}\n\n`);
  } catch (error) {
    clearInterval(beat);
    const problem = error instanceof BotError ? error : new BotError("gatewayLost", { reason: reasonOf(error) });
    await write(`data: ${await problem.toOpenAi().text()}\n\n`);
  }
  await writer.close();
}
