/** Tables of what a month costs, in the main README and in this folder's, worked out by the estimate: `node worker/cost/table.ts` writes them. */
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { withPart } from "../generatedPart.ts";
import { billOf } from "./bill.ts";
import { asHermesworkersCounts, compared } from "./comparison.ts";
import { awakeHours, type Pattern, type Shape, usageOf } from "./estimate.ts";
import { pricesAsOf } from "./prices.ts";
import { standardShape } from "./shape.ts";
import { instanceTypes } from "./sizes.ts";
import { vpsText } from "./vps.ts";

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
function costTable(): string {
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
  ].join("\n");
}

/** In Markdown. */
function comparisonTable(): string {
  return [
    "| | they say | this estimate |",
    "| --- | --- | --- |",
    ...compared.map(({ said, theirs, of }) => `| ${said} | ${theirs} | $${billOf(usageOf(...of)).total.toFixed(2)} |`),
    "",
    `hermes-flare says its figures are on top of the plan's fee, which is in ours. hermesworkers leaves out the fee and what the plan includes: without both this estimate says $${asHermesworkersCounts().toFixed(2)}.`,
  ].join("\n");
}

/** Where each table stands, and between which marks. */
export const tables = [
  { file: "../../README.md", name: "cost", text: costTable },
  { file: "README.md", name: "comparison", text: comparisonTable },
] as const;

/** Path of a page, from the name that it has in {@link tables}. */
export function pageOf({ file }: Pick<(typeof tables)[number], "file">): string {
  return fileURLToPath(new URL(file, import.meta.url).href);
}

/** A page with its table replaced. @throws Error when the marks are missing */
export function withTable(page: string, { file, name, text }: (typeof tables)[number]): string {
  const [begin, end] = [`<!-- ${name}: made by \`node worker/cost/table.ts\` -->`, `<!-- end of ${name} -->`];
  return withPart(page, { file, begin, end }, text());
}

if (import.meta.main)
  for (const table of tables) {
    const page = pageOf(table);
    fs.writeFileSync(page, withTable(fs.readFileSync(page, "utf8"), table));
  }
