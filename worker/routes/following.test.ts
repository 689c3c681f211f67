import { describe, expect, it } from "vitest";
import type { LogLine, LogPage, LogsQuery } from "../agent/journal.ts";
import { followed } from "./following.ts";

const line = (text: string): LogLine => ({ at: "2026-11-21T12:00:00.000Z", source: "worker", level: "info", text });
const page = (next: number, ...texts: string[]): LogPage => ({ lines: texts.map(line), next });
const atOnce = async () => {};

/** What a follower reads of these answers, one a question; afterwards the bot fails. */
async function read(answers: readonly LogPage[], query: Partial<LogsQuery> = {}) {
  const asked: LogsQuery[] = [];
  const answer = async (wanted: LogsQuery) => {
    asked.push(wanted);
    const next = answers[asked.length - 1];
    if (next === undefined) throw new Error("the Agent was reset");
    return next;
  };
  return { asked, text: await followed({ tail: 9, ...query }, answer, atOnce).text() };
}

describe("a log that is followed", () => {
  it("begins with the last lines and goes on behind them, with the cursor on the last of those that came together", async () => {
    const { asked, text } = await read([page(2, "one", "two"), page(2), page(3, "three")]);
    expect(asked.slice(0, 3).map(({ tail, since }) => [tail, since])).toEqual([
      [9, undefined],
      [500, 2],
      [500, 2],
    ]);
    const events = text.split("\n\n").filter((event) => event.startsWith("event: line"));
    expect(events.map((event) => /^id: (.*)$/m.exec(event)?.[1])).toEqual([undefined, "2", "3"]);
    expect(events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "").text)).toEqual([
      "one",
      "two",
      "three",
    ]);
  });

  it("goes on where a stream before it broke, with the same filters", async () => {
    const { asked } = await read([page(8)], { since: 7, source: "gateway", level: "warn" });
    expect(asked[0]).toEqual({ tail: 9, since: 7, source: "gateway", level: "warn" });
  });

  it("says that it lives while nothing comes, and ends by itself, for whoever follows to come again", async () => {
    const quiet = Array.from({ length: 700 }, () => page(1));
    const { asked, text } = await read(quiet);
    expect(asked.length).toBe(600);
    expect(text.split("\n\n").filter((event) => event === ": nothing new").length).toBeGreaterThan(30);
  });

  it("ends where the bot does not answer", async () => {
    expect((await read([page(1, "one")])).text).toMatch(/"text":"one".*\n\n: the bot does not answer/);
  });

  it("asks no more once the client has left", async () => {
    let asked = 0;
    const answer = async () => {
      asked += 1;
      return page(1);
    };
    const waits: (() => void)[] = [];
    const pause = () => new Promise<void>((resolve) => void waits.push(resolve));
    const reader = followed({ tail: 9 }, answer, pause).body?.getReader();
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await reader?.read();
    await settled();
    await reader?.cancel();
    for (const wait of waits) wait();
    await settled();
    expect([waits.length, asked]).toEqual([1, 1]);
  });
});
