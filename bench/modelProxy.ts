/** What the model proxy adds to an answer, and what counting it costs: the same streams straight from the canned model, through a Worker that only passes on, and through the proxy. */
import { z } from "zod";
import { prices } from "../worker/cost/prices.ts";
import { type ModelWays, type Proxied, withModelWays } from "./modelWorkers.ts";
import { interleave, timed } from "./rounds.ts";
import { median } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";

const warmUps = 3;
const streams = [
  { title: "100 deltas", deltas: 100, rounds: 30 },
  { title: "1,000 deltas", deltas: 1_000, rounds: 20 },
  { title: "2,000 deltas", deltas: 2_000, rounds: 15 },
  { title: "10,000 deltas", deltas: 10_000, rounds: 9 },
  { title: "100 deltas in 2 s", deltas: 100, rounds: 5, seconds: 2 },
] as const;
/** Rows of the book that sums up what was spent. */
const sizes = [0, 10_000, 100_000];
const pairs = 300;
const pairRounds = 5;

const rowsSchema = z.object({ read: z.number(), written: z.number(), calls: z.number() });
const firstText = /"content":"[^"]/;

interface Times {
  readonly firstToken: number;
  readonly whole: number;
}

export function modelProxy(): Promise<void> {
  return withModelWays(async (ways) => {
    await latencies(ways);
    await counting(ways);
    await growth(ways);
  });
}

async function latencies({ urls }: ModelWays): Promise<void> {
  const rows = [];
  for (const { title, rounds, ...stream } of streams) {
    const contenders = {
      straight: () => ask(urls.straight, stream),
      passOn: () => ask(urls.passOn, stream),
      uncounted: () => ask(urls.uncounted, stream),
      counted: () => ask(urls.counted, stream),
      capped: () => ask(urls.capped, stream),
    };
    await interleave("seconds" in stream ? 1 : warmUps, contenders);
    const samples = await interleave(rounds, contenders);
    for (const figure of ["firstToken", "whole"] as const) {
      const of = (all: readonly Times[]) => median(all.map((times) => times[figure]));
      const [straight, passOn] = [of(samples.straight), of(samples.passOn)];
      const [uncounted, counted, capped] = [of(samples.uncounted), of(samples.counted), of(samples.capped)];
      rows.push([
        `${title}, ${figure === "whole" ? "the whole" : "first token"}`,
        ...[ratio(capped, passOn), ratio(capped, uncounted), ratio(capped, straight)],
        ...[straight, passOn, uncounted, counted, capped].map(duration),
      ]);
    }
  }
  printTable("modelProxy: medians, one stream at a time; ratios of the proxy with three caps", [
    ["", "to passing on", "to uncounted", "to straight", "straight", "passed on", "uncounted", "no cap", "three caps"],
    ...rows,
  ]);
}

/** What one request asks of the object that counts. */
async function counting({ urls, bench }: ModelWays): Promise<void> {
  const asked = 50;
  const shape = { deltas: 10 };
  const samples = await interleave(asked, {
    uncounted: () => ask(urls.uncounted, shape),
    counted: () => ask(urls.counted, shape),
    capped: () => ask(urls.capped, shape),
  });
  const line = async (title: string, way: Proxied) => {
    const { read, written, calls } = rowsSchema.parse(await bench(way, "rows"));
    const each = { calls: calls / asked, read: read / asked, written: written / asked };
    const dollars =
      each.calls * prices.objectRequests.dollars +
      each.read * prices.rowsRead.dollars +
      each.written * prices.rowsWritten.dollars;
    const of = (all: readonly Times[]) => median(all.map(({ whole }) => whole));
    const more = of(samples[way]) - of(samples.uncounted);
    const counts = [each.calls, each.written, each.read].map((count) => count.toFixed(1));
    return [
      title,
      ...counts,
      `$${(dollars * 1e6).toFixed(2)}`,
      ratio(of(samples[way]), of(samples.uncounted)),
      duration(more),
    ];
  };
  printTable(`counting: a small request, ${asked} of each kind`, [
    ["", "calls of the object", "rows written", "rows read", "a million requests", "to uncounted", "longer by"],
    await line("no cap", "counted"),
    await line("caps of day, month and session", "capped"),
  ]);
}

/** The same with a book of the size that years of use make. */
async function growth({ urls, bench }: ModelWays): Promise<void> {
  const rows = [];
  let smallest: number | undefined;
  for (const size of sizes) {
    await bench("capped", "empty");
    await bench("capped", `fill?count=${size}`);
    await bench("capped", "pairs?count=20");
    await bench("capped", "rows");
    const samples = await interleave(pairRounds, {
      pairs: () => timed(() => bench("capped", `pairs?count=${pairs}`)),
      request: async () => (await ask(urls.capped, { deltas: 10 })).whole,
    });
    const { read, written } = rowsSchema.parse(await bench("capped", "rows"));
    const both = pairRounds * (pairs + 1);
    const each = median(samples.pairs) / pairs;
    smallest ??= each;
    const dollars = (read * prices.rowsRead.dollars + written * prices.rowsWritten.dollars) / both;
    rows.push([
      ...[size.toLocaleString("en"), ratio(each, smallest), `${(each * 1_000).toFixed(0)} µs`],
      ...[(written / both).toFixed(1), (read / both).toFixed(1), `$${(dollars * 1e6).toFixed(2)}`],
      duration(median(samples.request)),
    ]);
  }
  printTable(`growth: sums of 400 days in the book, three caps; ${pairs} requests reserved and settled at a time`, [
    ["sums", "to none", "reserve and settle", "rows written", "rows read", "a million", "a small request"],
    ...rows,
  ]);
}

/** One streamed answer of so many deltas, in so many seconds. @throws Error for an answer without text */
async function ask(
  url: string,
  { deltas, seconds }: { readonly deltas: number; readonly seconds?: number },
): Promise<Times> {
  const fault = seconds === undefined ? "" : `\nFAULT drip ${seconds}`;
  const body = JSON.stringify({
    ...{ model: "canned", stream: true, max_tokens: deltas, stream_options: { include_usage: true } },
    // The canned model says what a tool returned, a delta for each word.
    messages: [
      { role: "user", content: `hello${fault}` },
      { role: "tool", content: "word ".repeat(deltas) },
    ],
  });
  const began = performance.now();
  const headers = {
    "content-type": "application/json",
    "x-talaria-session": "of the bench",
    authorization: "Bearer sk-of-the-bench",
  };
  const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  const decoder = new TextDecoder();
  let firstToken: number | undefined;
  let last = "";
  for await (const chunk of answer.body ?? []) {
    last = decoder.decode(chunk, { stream: true });
    if (firstToken === undefined && firstText.test(last)) firstToken = performance.now() - began;
  }
  if (answer.ok && firstToken !== undefined && last.includes("[DONE]"))
    return { firstToken, whole: performance.now() - began };
  throw new Error(`${url} answered ${answer.status}: ${last.slice(0, 500)}`);
}
