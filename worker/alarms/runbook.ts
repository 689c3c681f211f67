/** The runbook of `README.md`, made from the table of causes: `node worker/alarms/runbook.ts` writes it. */
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { alarmCodes } from "../declarationSchema.ts";
import { withPart } from "../generatedPart.ts";
import { inWords } from "../words.ts";
import { causes } from "./causes.ts";

/** Where it stands. */
export const readme = fileURLToPath(new URL("README.md", import.meta.url).href);
const part = {
  file: "README.md",
  begin: "<!-- runbook: made by `node worker/alarms/runbook.ts` -->",
  end: "<!-- end of runbook -->",
};

/** Rows in Markdown, in the order of the codes. */
export function runbook(): string {
  const rows = alarmCodes.map((code) => {
    const { means, look, type, urgent } = causes[code];
    const mark = urgent ? " (urgent)" : "";
    return `| \`${code}\`${mark} | ${means} | ${toldAfter(code)} | ${look} | \`${type}\` |`;
  });
  return [
    "| alarm | what it means for whoever talks to the bot | told | look at | type, with `--stack X` |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function toldAfter(code: (typeof alarmCodes)[number]): string {
  const { looks, holdSeconds, goneSeconds, because } = causes[code];
  const seen = looks === 1 ? "one look" : `${looks} looks in a row`;
  const held = holdSeconds === 0 ? seen : `${seen} and ${inWords(holdSeconds * 1000)}`;
  const over = goneSeconds === 0 ? "" : ` Over after ${inWords(goneSeconds * 1000)} without it.`;
  return `${held}: ${because}${over}`;
}

/** A README with its runbook replaced. @throws Error when the marks are missing */
export function withRunbook(text: string): string {
  return withPart(text, part, runbook());
}

if (import.meta.main) fs.writeFileSync(readme, withRunbook(fs.readFileSync(readme, { encoding: "utf8" })));
