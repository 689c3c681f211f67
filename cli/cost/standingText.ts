/** What holds of the spending caps, for people. */
import { dollars } from "../money.ts";
import { plainText } from "../plainText.ts";
import type { Standing } from "./costApi.ts";

/** The caps, what they do not hold, what is under way, a pause. */
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

/** A model that no cap holds, because Hermes asks it past the proxy. */
export function unproxiedLines({ unproxied }: Pick<Standing, "unproxied">): string[] {
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
