/** Prints figures as a Markdown table, ready to be pasted into the README. */

/** The first row is the heading; all columns but the first are numbers. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const [heading = []] = rows;
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, i) => (i === 0 ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  console.log(`\n${title}\n\n${[line(heading), rule, ...rows.slice(1).map(line)].join("\n")}`);
}

/** `1234` → `1.23 s`, `56.7` → `56.7 ms`, nothing measured → `–`. */
export function duration(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** One figure as a multiple of another. */
export function ratio(ours: number, theirs: number): string {
  const value = ours / theirs;
  return Number.isFinite(value) ? `× ${value.toFixed(2)}` : "–";
}

/** Bytes in kB (1000). */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
