/** What was used of Cloudflare, and what it costs, for people. */
import { inUnits, short } from "../amounts.ts";
import { size } from "../sizes.ts";
import { table } from "../tables.ts";
import type { Bill, Cost } from "./costApi.ts";

const gib = 2 ** 30;

/** What is billed line by line, so far and in the whole month; what each container used; the bucket. */
export function cloudflareLines({ cloudflare }: Cost): string[] {
  const { since, soFar, projected, derived, containers, r2 } = cloudflare;
  if (since === null) return ["Cloudflare: nothing was counted"];
  const rows = soFar.lines
    .filter(({ what, amount }) => !derived.includes(what) && amount > 0)
    .map(({ what, said, unit, amount, included, dollars: cost }) => [
      ...[said, inUnits(amount, unit), includedText(amount, included, unit)],
      ...[`$${cost.toFixed(2)}`, projected === null ? "" : `$${inMonth(projected, what).toFixed(2)}`],
    ]);
  const rest = (bill: Bill) =>
    bill.lines.filter(({ what }) => derived.includes(what)).reduce((sum, { dollars: cost }) => sum + cost, 0);
  const others = ["worked out from these, not counted", "", "", `$${rest(soFar).toFixed(2)}`];
  const plan = [
    "Workers Paid plan",
    "",
    "",
    `$${soFar.plan.toFixed(2)}`,
    projected === null ? "" : `$${soFar.plan.toFixed(2)}`,
  ];
  const boxes = containers.map(({ of, seconds, vcpuSeconds, memoryGibSeconds, memoryBytes, diskBytes }) => [
    ...[of, `${short(seconds / 3_600)} h`, `${short(vcpuSeconds / 3_600)} vCPU-hours`],
    memoryBytes === null || seconds === 0
      ? "not measured"
      : `${(memoryBytes / gib).toFixed(2)} of ${short(memoryGibSeconds / seconds)} GiB`,
    size(diskBytes),
  ]);
  return [
    `Cloudflare, counted since ${since}:`,
    table(
      ["", "", "", "so far", projected === null ? "" : "in the month"],
      [...rows, [...others, projected === null ? "" : `$${rest(projected).toFixed(2)}`], plan],
    ),
    ...(boxes.length > 0 ? ["", table(["container", "ran", "computed", "memory at most", "disk"], boxes)] : []),
    "",
    `bucket: ${size(r2.storedBytes)} stored, ${size(r2.bytesIn)} written, ${size(r2.bytesOut)} read`,
  ];
}

function includedText(amount: number, included: number, unit: string): string {
  if (included <= 0) return "";
  return included >= amount ? "included" : `${inUnits(included, unit)} included`;
}

function inMonth(projected: Bill | null, what: string): number {
  return projected?.lines.find((line) => line.what === what)?.dollars ?? 0;
}
