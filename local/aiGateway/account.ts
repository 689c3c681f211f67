/** What the gateway asks of the account that it belongs to. */
import { z } from "zod";

const ruleSchema = z.looseObject({
  id: z.string().optional(),
  enabled: z.boolean().optional(),
  limit: z.number(),
  /** Seconds. */
  window: z.number(),
  technique: z.enum(["fixed", "sliding"]).optional(),
});

/** A gateway, as far as requests through it are concerned. Names are the API's. */
export const gatewaySchema = z.looseObject({
  id: z.string(),
  authentication: z.boolean().optional(),
  collect_logs: z.boolean(),
  /** Seconds. */
  cache_ttl: z.number().nullable(),
  cache_invalidate_on_update: z.boolean(),
  /** Seconds. */
  rate_limiting_interval: z.number().nullable(),
  rate_limiting_limit: z.number().nullable(),
  rate_limiting_technique: z.enum(["fixed", "sliding"]).optional(),
  spend_limits: z.looseObject({ enabled: z.boolean().optional(), rules: z.array(ruleSchema).optional() }).nullish(),
  updated_at: z.string(),
});
export type Gateway = z.infer<typeof gatewaySchema>;

/** The account's gateways and tokens. */
export interface GatewayAccount {
  readonly accountId: string;
  gateway(id: string): Gateway | undefined;
  /** Whether a token may send requests through gateways. */
  mayRun(token: string): boolean;
}
