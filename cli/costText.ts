/** What a month has cost, for people. */
import type { Bill, Cost, Standing } from "./costApi.ts";
import { dollars } from "./money.ts";
import { plainText } from "./plainText.ts";
import { size } from "./sizes.ts";
import { table } from "./tables.ts";

/** Sessions that are listed. */
const mostSessions = 10;
const nanosPerDollar = 1_000_000_000;
const gib = 2 ** 30;

/** The whole view: the sum, Cloudflare's part, the models', what could be set otherwise. */
export function costText(cost: Cost): string {
  const { cloudflare } = cost;
  return [
    sumLine(cost),
    "",
    ...cloudflareLines(cost),
    "",
    ...modelLines(cost),
    ...cloudflare.hints.flatMap(({ key, value, saves, why }) => [
      "",
      `${saves >= 0 ? `$${saves.toFixed(2)} a month less` : `for $${(-saves).toFixed(2)} a month more`}: ${plainText(why)}`,
      `    pulumi config set --path talaria:${plainText(key)} ${plainText(value)}`,
    ]),
  ].join("\n");
}

function sumLine({ month, total, projected, cloudflare, estimated }: Cost): string {
  // A month before the bot, or one to come, has cost nothing: not the plan's fee either.
  if (cloudflare.since === null && total.requests === 0)
    return `${month}: nothing was counted; talaria:estimate expects $${estimated.toFixed(2)} a month, models aside`;
  const soFar = cloudflare.soFar.total + total.nanos / nanosPerDollar;
  const whole =
    cloudflare.projected === null
      ? undefined
      : cloudflare.projected.total + (projected ?? total.nanos) / nanosPerDollar;
  const goesOn =
    whole === undefined || whole === soFar ? "" : `, $${whole.toFixed(2)} in the whole month if it goes on so`;
  return `${month}: $${soFar.toFixed(2)} so far${goesOn}; talaria:estimate expects $${estimated.toFixed(2)} a month, models aside`;
}

function cloudflareLines({ cloudflare }: Cost): string[] {
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

function modelLines(cost: Cost): string[] {
  const { total, projected, byModel, bySession, unpriced, unknownPrice, prices } = cost;
  const goesOn =
    projected === null || projected === total.nanos
      ? ""
      : `, ${dollars(projected)} in the whole month if it goes on so`;
  return [
    `models: ${dollars(total.nanos)} for ${total.requests} requests${goesOn}`,
    ...(total.estimated > 0
      ? [`  of it ${dollars(total.estimated)} that no provider reported: counted with the most that it can be`]
      : []),
    // What holds now says nothing of another month: `cap` tells it.
    ...(cost.today === undefined || cost.today.startsWith(cost.month) ? standingLines(cost) : unproxiedLines(cost)),
    ...rows("model", byModel),
    ...rows("session", bySession.slice(0, mostSessions)),
    ...(bySession.length > mostSessions
      ? [`… and ${bySession.length - mostSessions} more that cost less: --json`]
      : []),
    ...(unpriced.length > 0 && unknownPrice !== "refuse"
      ? [
          "",
          `no price is known of ${plainText(unpriced.join(", "))}: its tokens are counted, its dollars only where the provider says them (talaria:spend.prices)`,
        ]
      : []),
    "",
    `prices of models as of ${prices.asOf}`,
  ];
}

/** What holds, in lines: the caps, what they do not hold, what is under way, a pause. */
export function standingLines(now: Standing): string[] {
  const { standing, sessionCap, reserved, paused, unproxied } = now;
  const capped = standing.flatMap(({ scope, spent, cap, declared }) => {
    if (cap === null) return [];
    const [name, period] = scope === "day" ? ["today", "day"] : ["this month", "month"];
    const said = declared === null ? "none" : dollars(declared ?? 0);
    const other =
      declared === undefined || declared === cap
        ? ""
        : `; \`cap raise\` set it until the ${period} is over, the stack declares ${said}`;
    return [`  ${name}: ${dollars(spent)} of ${dollars(cap)} (${Math.floor((spent / cap) * 100)}%)${other}`];
  });
  return [
    ...(paused ? ["  PAUSED: no model is asked; ./talaria cap resume lets requests through again"] : []),
    ...(capped.length > 0 ? capped : ["  no cap: talaria:spend.perDay, perMonth"]),
    ...(sessionCap === null ? [] : [`  a session: at most ${dollars(sessionCap)}`]),
    ...unpricedLines(now, capped.length > 0 || sessionCap !== null),
    ...unproxiedLines({ unproxied }),
    ...(reserved > 0 ? [`  under way: at most ${dollars(reserved)}`] : []),
  ];
}

function unproxiedLines({ unproxied }: Pick<Standing, "unproxied">): string[] {
  if (!unproxied) return [];
  return [`  NOT counted, and under no cap: ${plainText(unproxied)}, which Hermes asks by a login of its own`];
}

/** Models without a price: they are not asked, or no cap holds them. */
function unpricedLines({ unpriced, unknownPrice }: Standing, isCapped: boolean): string[] {
  const [first] = unpriced;
  if (first === undefined || !unknownPrice) return [];
  const named = plainText(unpriced.join(", "));
  if (unknownPrice !== "refuse") return isCapped ? [`  NOT held by a cap, no price is known: ${named}`] : [];
  return [
    `  NOT asked, no price is known: ${named}`,
    "    in dollars per million tokens, .output as well, then up:",
    `    pulumi config set --path 'talaria:spend.prices["${plainText(first)}"].input' 3`,
  ];
}

function rows(head: string, sums: Cost["byModel"]): string[] {
  if (sums.length === 0) return [];
  const cells = sums.map(({ name, nanos, requests, input, cacheRead, cacheWrite, output }) => [
    ...[plainText(name) || "(none)", dollars(nanos), String(requests)],
    ...[thousands(input), thousands(cacheRead), thousands(cacheWrite), thousands(output)],
  ]);
  return ["", table([head, "dollars", "requests", "in", "cached", "kept", "out (thousand tokens)"], cells)];
}

function thousands(tokens: number): string {
  return (tokens / 1000).toFixed(1);
}

const multiples: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6 };

/** `425 GiB-hours`, `1.3 million`; of less than a thousand or a million the number itself. */
export function inUnits(amount: number, unit: string): string {
  const of = multiples[unit.split(" ")[0] ?? ""];
  if (of === undefined || amount >= 1 || unit.includes(" ")) return `${short(amount)} ${unit}`;
  return String(Math.round(amount * of));
}

/** An amount with two digits or more: `425`, `46`, `2.0`, `0.33`; what has none before the third place is `<0.01`. */
export function short(amount: number): string {
  if (amount > 0 && amount < 0.01) return "<0.01";
  return amount >= 10 ? amount.toFixed(0) : amount.toPrecision(2);
}
