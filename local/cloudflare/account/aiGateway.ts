/** AI gateways, as far as the provider calls them. Requests pass through them in `local/aiGateway`, which asks here. */
import type { AIGatewayCreateParams } from "cloudflare/resources/ai-gateway/ai-gateway.js";
import { z } from "zod";
import { type GatewayAccount, gatewaySchema as gatewayAsPassed } from "../../aiGateway/account.ts";
import type { Conforms } from "../core/conforms.ts";
import { crud } from "../core/crud.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { World } from "../core/world.ts";

const filter = z.strictObject({ mode: z.literal("filter"), values: z.array(z.string()).min(1) });
const partition = z.strictObject({ mode: z.literal("partition") });

/** Money in a time. The API spells these fields so. */
const spendRuleSchema = z.strictObject({
  id: z.string().optional(),
  enabled: z.boolean().optional(),
  /** Dollars. */
  limit: z.number().positive(),
  limitType: z.literal("cost"),
  /** Seconds. */
  window: z.number().int().positive(),
  technique: z.enum(["fixed", "sliding"]).optional(),
  metadata: z.record(z.string(), z.union([partition, filter])).optional(),
  model: filter.optional(),
  provider: filter.optional(),
});

const gatewaySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, "not 1 to 64 lower-case letters, digits and hyphens"),
  cache_invalidate_on_update: z.boolean(),
  cache_ttl: z.number().int().min(0).nullable(),
  collect_logs: z.boolean(),
  rate_limiting_interval: z.number().int().min(0).nullable(),
  rate_limiting_limit: z.number().int().min(0).nullable(),
  rate_limiting_technique: z.enum(["fixed", "sliding"]).optional(),
  authentication: z.boolean().optional(),
  spend_limits: z
    .strictObject({ enabled: z.boolean().optional(), rules: z.array(spendRuleSchema).optional() })
    .nullable()
    .optional(),
  workers_ai_billing_mode: z.enum(["postpaid", "unified"]).optional(),
});
true satisfies Conforms<typeof gatewaySchema, AIGatewayCreateParams>;

/** Endpoints of AI gateways. */
export function aiGatewayEndpoints(world: World): Endpoint[] {
  return crud(world, {
    items: world.account.aiGateways,
    kind: "AI gateway",
    path: "/accounts/:account/ai-gateway/gateways",
    read: "AI Gateway Read",
    write: "AI Gateway Write",
    body: gatewaySchema,
    id: (body) => body.id,
  });
}

/** What those who let requests through ask of the account. */
export function gatewayAccount({ accountId, account }: World): GatewayAccount {
  return {
    accountId,
    gateway(id) {
      const kept = account.aiGateways.get(id);
      return kept && gatewayAsPassed.parse(kept);
    },
    mayRun(token) {
      const held = account.permissionsOf(token);
      return held === "all" || held?.includes("AI Gateway Run") === true;
    },
  };
}
