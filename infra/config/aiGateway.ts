/** The fields of the key `aiGateway`: Cloudflare's AI Gateway between the Worker and the providers of models. */
import { z } from "zod";
import { choice, count, url } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const aiGatewayMeaning = [
  "Cloudflare's AI Gateway, through which models of `anthropic`, `openai` and `openrouter` are asked. `enabled`: the stack makes one, with a token of its own.",
  "`logs`: whether it keeps prompts and answers. `cacheSeconds`: how long an equal request is answered from its cache. `requestsPerMinute`, `dollarsPerDay`: its own limits.",
  "`onFailure`: while it is down requests `fail`, or go `direct` to the provider (one that was under way may then run twice). `baseUrl`: where gateways answer.",
].join(" ");

const flag = z.boolean({ error: "is neither true nor false" });

export const aiGatewayFields = z
  .strictObject({
    enabled: flag.default(false),
    logs: flag.default(false),
    cacheSeconds: z.int({ error: "is not a whole number of seconds" }).min(0).max(2_592_000).default(0),
    requestsPerMinute: count(100_000).optional(),
    dollarsPerDay: count(100_000).optional(),
    onFailure: choice(["fail", "direct"]).default("fail"),
    baseUrl: url.default("https://gateway.ai.cloudflare.com/v1"),
  })
  .prefault({});
