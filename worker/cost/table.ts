/** The README's table of what a month costs, worked out by the estimate: `node worker/cost/table.ts` writes it. */
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { billOf } from "./bill.ts";
import { asHermesworkersCounts, compared } from "./comparison.ts";
import { awakeHours, type Pattern, type Shape, usageOf } from "./estimate.ts";
import { pricesAsOf } from "./prices.ts";
import { standardShape } from "./shape.ts";
import { instanceTypes } from "./sizes.ts";
import { vpsText } from "./vps.ts";

const readme = fileURLToPath(new URL("../../README.md", import.meta.url).href);
const begin = "<!-- cost: made by `node worker/cost/table.ts` -->";
const end = "<!-- end of cost -->";

const rows: readonly (readonly [string, Shape, Pattern])[] = [
  ["never used", standardShape, { hoursPerDay: 0 }],
  ["half an hour a day, `sleepAfter` 10m", { ...standardShape, sleepAfterSeconds: 600 }, { hoursPerDay: 0.5 }],
  [
    "two hours a day in four stretches, `sleepAfter` 30m",
    { ...standardShape, sleepAfterSeconds: 1_800 },
    { hoursPerDay: 2, stretches: 4 },
  ],
  ["two hours a day, defaults (`sleepAfter` 4h)", standardShape, { hoursPerDay: 2 }],
  ["always awake: a bot with a chat platform", { ...standardShape, sleepAfterSeconds: null }, { hoursPerDay: 2 }],
  [
    "always awake, `sizes.hermes` basic",
    { ...standardShape, sleepAfterSeconds: null, sizes: { ...standardShape.sizes, hermes: instanceTypes.basic } },
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
    "",
    vpsText(),
    "",
    "What others say of theirs:",
    "",
    "| | they say | this estimate |",
    "| --- | --- | --- |",
    ...compared.map(({ said, theirs, of }) => `| ${said} | ${theirs} | $${billOf(usageOf(...of)).total.toFixed(2)} |`),
    "",
    `hermes-flare says its figures are on top of the plan's fee, which is in ours. hermesworkers leaves out the fee and what the plan includes: without both this estimate says $${asHermesworkersCounts().toFixed(2)}.`,
  ].join("\n");
}

/** A README with its table replaced. @throws Error when the marks are missing */
export function withCostTable(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md lacks the marks ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${costTable()}\n\n${text.slice(to)}`;
}

if (import.meta.main) fs.writeFileSync(readme, withCostTable(fs.readFileSync(readme, "utf8")));
