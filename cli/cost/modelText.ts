/** What models have cost, for people. */
import { dollars } from "../money.ts";
import { plainText } from "../plainText.ts";
import { table } from "../tables.ts";
import type { Cost } from "./costApi.ts";
import { standingLines, unproxiedLines } from "./standingText.ts";

/** Sessions that are listed. */
const mostSessions = 10;

/** Their sum, what holds now, and tables by model and by session. */
export function modelLines(cost: Cost): string[] {
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
