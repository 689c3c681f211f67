import { describe, expect, it } from "vitest";
import { readEvents, type StreamEvent } from "./sse.ts";

async function eventsOf(...chunks: (string | Uint8Array)[]) {
  const encoder = new TextEncoder();
  async function* bytes() {
    for (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
  }
  const events: StreamEvent[] = [];
  for await (const event of readEvents(bytes())) events.push(event);
  return events;
}

describe("server-sent events", () => {
  it("gives events with their names, and comments", async () => {
    expect(await eventsOf(": waking\n\n", "event: x\ndata: 1\ndata: 2\n\ndata:3\r\n\r\n")).toEqual([
      { kind: "comment", text: "waking" },
      { kind: "event", name: "x", data: "1\n2" },
      { kind: "event", name: "message", data: "3" },
    ]);
  });

  it("joins what arrives in pieces, inside a letter too", async () => {
    const whole = new TextEncoder().encode("data: ä\n\n");
    expect(await eventsOf(whole.slice(0, 7), whole.slice(7))).toEqual([{ kind: "event", name: "message", data: "ä" }]);
  });

  it("drops an event that was cut", async () => {
    expect(await eventsOf("data: half")).toEqual([]);
  });
});
