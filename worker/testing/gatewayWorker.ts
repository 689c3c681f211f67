/** The Worker of spendWorker.ts, for whom each provider's own address is one of the test's: `<PROVIDERS>/<host>/…`. */
import { env } from "cloudflare:workers";
import { z } from "zod";

export { Agent, default, ExecPool, Spend } from "./spendWorker.ts";

const { PROVIDERS } = z.object({ PROVIDERS: z.string() }).parse(env);
const outward = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = typeof input === "string" ? input.replace(/^https:\/(?=\/)/, PROVIDERS) : input;
  return outward(url, init);
};
