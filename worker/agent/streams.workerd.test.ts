import { describe, expect, it } from "vitest";
import { passThrough, waitingStream } from "./streams.ts";

const encoder = new TextEncoder();
const events = { headers: { "content-type": "text/event-stream" } };

/** A body of Hermes that is fed by hand. */
function upstream() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel() {
      cancelled = true;
    },
  });
  return {
    response: new Response(body, events),
    send: (text: string) => controller?.enqueue(encoder.encode(text)),
    close: () => controller?.close(),
    breakOff: (reason: string) => controller?.error(new Error(reason)),
    get cancelled() {
      return cancelled;
    },
  };
}

/** What a handed-on answer tells, noted down. */
function listening() {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const cuts: string[] = [];
  const leaving = new AbortController();
  const listeners = { ended: () => resolve(), cut: (reason: string) => cuts.push(reason), signal: leaving.signal };
  return { listeners, over, cuts, leave: () => leaving.abort(new Error("the client left")) };
}

const first = 'data: {"choices":[{"delta":{"content":"hel"}}]}\n\n';

describe("a stream that is handed on", () => {
  it.each([
    ["chat", "data: [DONE]\n\n"],
    ["response", 'event: response.completed\ndata: {"type":"response.completed"}\n\n'],
    ["run", ": stream closed\n\n"],
    ["failed run", 'data: {"error":{"message":"no"}}\n\n'],
    ["chat without its last blank line", "data: [DONE]"],
  ])("of a %s passes as it came", async (_what, last) => {
    const hermes = upstream();
    const { listeners, over, cuts } = listening();
    const answer = passThrough(hermes.response, listeners);
    hermes.send(first.slice(0, 9));
    hermes.send(first.slice(9) + last);
    hermes.close();
    expect((await answer.text()).trimEnd()).toBe((first + last).trimEnd());
    await over;
    expect(cuts).toEqual([]);
  });

  it.each([
    [
      "breaks",
      (hermes: ReturnType<typeof upstream>) => hermes.breakOff("the container is gone"),
      "the container is gone",
    ],
    ["ends early", (hermes: ReturnType<typeof upstream>) => hermes.close(), "the stream ended without its last event"],
  ])("and %s ends in an error event after the last whole event, without [DONE]", async (_what, end, reason) => {
    for (const waiting of [false, true]) {
      const hermes = upstream();
      const { listeners, over, cuts } = listening();
      const answer = waiting
        ? waitingStream(Promise.resolve(hermes.response), listeners, null)
        : passThrough(hermes.response, listeners);
      hermes.send(`${first}data: {"choi`);
      const text = answer.text();
      await scheduler.wait(10);
      end(hermes);
      const [last, ...before] = (await text).trimEnd().split("\n\n").reverse();
      expect(before[0]).toBe(first.trimEnd());
      const { error } = JSON.parse(last?.replace(/^data: /, "") ?? "");
      expect(error).toMatchObject({ code: "gatewayLost", type: "server_error", param: null });
      expect(error.message).toContain(reason);
      expect(error.message).toContain("The request may have run.");
      await over;
      expect(cuts).toEqual([reason]);
    }
  });

  it("is no cut when the client leaves, which cancels it inside", async () => {
    const hermes = upstream();
    const { listeners, over, cuts, leave } = listening();
    const reader = passThrough(hermes.response, listeners).body?.getReader();
    hermes.send(first);
    await reader?.read();
    leave();
    await over;
    expect([cuts, hermes.cancelled]).toEqual([[], true]);
  });

  it("is no cut when the client stops reading", async () => {
    const hermes = upstream();
    const { listeners, over, cuts } = listening();
    const reader = passThrough(hermes.response, listeners).body?.getReader();
    hermes.send(first);
    await reader?.read();
    await reader?.cancel();
    await over;
    expect([cuts, hermes.cancelled]).toEqual([[], true]);
  });

  it("that is no stream of events passes byte by byte", async () => {
    const { listeners, over, cuts } = listening();
    expect(await passThrough(new Response("any bytes"), listeners).text()).toBe("any bytes");
    await over;
    expect(cuts).toEqual([]);
  });
});
