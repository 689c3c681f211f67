/** The README's table of what persists across what, as one run has seen it. */
import fs from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { partOf, withPart } from "../../worker/generatedPart.ts";

const readme = fileURLToPath(new URL("../../README.md", import.meta.url).href);
const part = {
  file: "README.md",
  begin: "<!-- persistence: made by `TALARIA_WRITE_TABLE=1 npx vitest run --project e2e persistence` -->",
  end: "<!-- end of persistence -->",
};

/** What became of a thing: all of it is there, what was in the last snapshot is, or nothing is. */
export type Outcome = "stays" | "as saved" | "goes";

/** @param saved a mark from before the last snapshot, @param latest one from after it */
export function outcomeOf(marks: string, saved: string, latest: string): Outcome {
  return marks.includes(latest) ? "stays" : marks.includes(saved) ? "as saved" : "goes";
}

/** Markdown. @param cells of each row its outcomes, in the order of the columns */
export function tableOf(columns: readonly string[], cells: ReadonlyMap<string, readonly Outcome[]>): string {
  const line = (words: readonly string[]) => `| ${words.join(" | ")} |`;
  const rows = [...cells].map(([name, outcomes]) => line([name, ...outcomes]));
  return [line(["", ...columns]), line(["---", ...columns.map(() => "---")]), ...rows].join("\n");
}

/** The table as the README has it; with TALARIA_WRITE_TABLE set, this one is written there first. */
export async function tableInReadme(seen: string): Promise<string> {
  const text = await fs.readFile(readme, "utf8");
  const there = partOf(text, part);
  if (!process.env.TALARIA_WRITE_TABLE) return there;
  await fs.writeFile(readme, withPart(text, part, seen));
  return seen;
}
