import * as z from "zod";

/** Cloudflare's AI Gateway, as the Worker is told of it. */
export const aiGatewaySchema = z.object({
  /** `https://gateway.ai.cloudflare.com/v1/<account>/<gateway>`. */
  url: z.url(),
  /** Whether it keeps prompts and answers. */
  logs: z.boolean(),
  /** Whether an equal request may be answered from its cache. */
  caches: z.boolean(),
  /** What becomes of a request that it does not take. */
  onFailure: z.enum(["fail", "direct"]),
});
export type AiGatewayDeclaration = z.infer<typeof aiGatewaySchema>;
