/** The README's table of what a month costs, worked out by the estimate: `node worker/cost/table.ts` writes it. */
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { billOf } from "./bill.ts";
import { awakeHours, type Pattern, type Shape, usageOf } from "./estimate.ts";
import { pricesAsOf } from "./prices.ts";
import { instanceTypes, usualSizes } from "./sizes.ts";

const readme = fileURLToPath(new URL("../../README.md", import.meta.url).href);
const begin = "<!-- cost: made by `node worker/cost/table.ts` -->";
const end = "<!-- end of cost -->";

/** A stack without configuration of its own. */
const standard: Shape = {
  sizes: {
    hermes: instanceTypes[usualSizes.hermes],
    exec: instanceTypes[usualSizes.exec],
    care: instanceTypes[usualSizes.care],
  },
  ...{ sleepAfterSeconds: 4 * 3_600, snapshotMinutes: 5, drillDays: 7, execIdleMinutes: 10 },
};

const rows: readonly (readonly [string, Shape, Pattern])[] = [
  ["never used", standard, { hoursPerDay: 0 }],
  ["half an hour a day, `sleepAfter` 10m", { ...standard, sleepAfterSeconds: 600 }, { hoursPerDay: 0.5 }],
  [
    "two hours a day in four stretches, `sleepAfter` 30m",
    { ...standard, sleepAfterSeconds: 1_800 },
    { hoursPerDay: 2, stretches: 4 },
  ],
  ["two hours a day, defaults (`sleepAfter` 4h)", standard, { hoursPerDay: 2 }],
  ["always awake: a bot with a chat platform", { ...standard, sleepAfterSeconds: null }, { hoursPerDay: 2 }],
  [
    "always awake, `sizes.hermes` basic",
    { ...standard, sleepAfterSeconds: null, sizes: { ...standard.sizes, hermes: instanceTypes.basic } },
    { hoursPerDay: 2 },
  ],
];

/** In Markdown. */
export function costTable(): string {
  const lines = rows.map(([what, shape, pattern]) => {
    const { lines: parts, total } = billOf(usageOf(shape, pattern));
    const most = parts
      .filter(({ dollars }) => dollars >= 0.05)
      .map(({ said, dollars }) => `${said} $${dollars.toFixed(2)}`);
    return `| ${what} | ${awakeHours(shape, pattern).toFixed(1)} h | $${total.toFixed(2)} | ${most.join(", ")} |`;
  });
  return [
    `| | awake a day | a month | beside the Workers Paid plan ($5) |`,
    "| --- | --- | --- | --- |",
    ...lines,
    "",
    `An estimate by Cloudflare's list prices of ${pricesAsOf}, what the plan includes taken for this bot alone; not a bill.`,
  ].join("\n");
}

/** A README with its table replaced. @throws Error when the marks are missing */
export function withCostTable(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md lacks the marks ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${costTable()}\n\n${text.slice(to)}`;
}

if (import.meta.main) fs.writeFileSync(readme, withCostTable(fs.readFileSync(readme, "utf8")));
