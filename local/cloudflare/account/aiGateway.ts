/** AI gateways, as far as the provider calls them. No request passes through them here. */
import type { AIGatewayCreateParams } from "cloudflare/resources/ai-gateway/ai-gateway.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { crud } from "../core/crud.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { World } from "../core/world.ts";

const gatewaySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, "not 1 to 64 lower-case letters, digits and hyphens"),
  cache_invalidate_on_update: z.boolean(),
  cache_ttl: z.number().int().min(0).nullable(),
  collect_logs: z.boolean(),
  rate_limiting_interval: z.number().int().min(0).nullable(),
  rate_limiting_limit: z.number().int().min(0).nullable(),
  rate_limiting_technique: z.enum(["fixed", "sliding"]).optional(),
  authentication: z.boolean().optional(),
  workers_ai_billing_mode: z.enum(["postpaid", "unified"]).optional(),
});
true satisfies Conforms<typeof gatewaySchema, AIGatewayCreateParams>;

/** Endpoints of AI gateways. */
export function aiGatewayEndpoints(world: World): Endpoint[] {
  return crud(world, {
    kind: "AI gateway",
    path: "/accounts/:account/ai-gateway/gateways",
    read: "AI Gateway Read",
    write: "AI Gateway Write",
    body: gatewaySchema,
    id: (body) => body.id,
  });
}
