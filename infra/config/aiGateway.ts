/** The fields of the key `aiGateway`: Cloudflare's AI Gateway between the Worker and the providers of models. */
import { z } from "zod";
import { choice, count, onOff, url, withExample } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const aiGatewayMeaning = [
  "Cloudflare's AI Gateway, through which models of `anthropic`, `openai` and `openrouter` are asked. `enabled`: the stack makes one, with a token of its own.",
  "`logs`: whether it keeps prompts and answers. `cacheSeconds`: how long an equal request is answered from its cache, at no cost (0: never). `requestsPerMinute`, `dollarsPerDay`: its own limits.",
  "`onFailure`: while it is down requests `fail`, or go `direct` to the provider where nothing can have been sent to the gateway: none runs twice. `baseUrl`: where gateways answer.",
].join(" ");

const cacheSeconds = z
  .int({ error: "is not a whole number of seconds" })
  .refine((seconds) => seconds === 0 || (seconds >= 60 && seconds <= 2_592_000), "is neither 0 nor 60 to 2592000");
const address = "https://gateway.ai.cloudflare.com/v1";

export const aiGatewayFields = z
  .strictObject({
    enabled: withExample(onOff, "true").default(false),
    logs: withExample(onOff, "false").default(false),
    cacheSeconds: withExample(cacheSeconds, "60").default(0),
    requestsPerMinute: withExample(count(100_000), "60").optional(),
    dollarsPerDay: withExample(count(100_000), "5").optional(),
    onFailure: choice(["fail", "direct"]).default("fail"),
    baseUrl: withExample(url, address).default(address),
  })
  .prefault({});
