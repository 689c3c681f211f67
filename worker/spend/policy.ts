import type { Declaration } from "../declarationSchema.ts";
import type { SpendPolicy } from "./limits.ts";

/** What is declared of spending; without it everything is counted and nothing is capped. */
export function policyOf({ spend }: Pick<Declaration, "spend">): SpendPolicy {
  return spend ?? { caps: {}, prices: {}, unknownPrice: "uncounted" };
}
