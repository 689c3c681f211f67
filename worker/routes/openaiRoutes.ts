import * as z from "zod";
import { chatOrderSchema } from "../agent/chatOrder.ts";
import { described } from "../openapi/route.ts";

const about = { tag: "agent", door: "client" } as const;
const unavailable = ["waking", "stopping", "startFailed", "gaveUp", "staysDown", "gatewayLost"] as const;

const usage = z.looseObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
});

const completion = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    created: z.number(),
    model: z.string(),
    choices: z
      .array(
        z.looseObject({
          index: z.number(),
          message: z.looseObject({ role: z.literal("assistant"), content: z.string().nullish() }),
          finish_reason: z.string().nullish(),
        }),
      )
      .min(1),
    usage: usage.nullish(),
  })
  .meta({ id: "ChatCompletion" });

const models = z
  .looseObject({
    object: z.literal("list"),
    data: z.array(z.looseObject({ id: z.string(), object: z.literal("model"), owned_by: z.string().nullish() })),
  })
  .meta({ id: "Models" });

/** What is told of Hermes' API server. `openai.ts` passes these on, and all else under /v1. */
export const openaiRoutes = [
  described({
    ...about,
    method: "post",
    path: "/v1/chat/completions",
    id: "chat",
    does: "a turn with the agent, in OpenAI's form; a bot that sleeps is woken",
    headers: z.object({
      "X-Hermes-Session-Id": z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/)
        .optional()
        .meta({ description: "Goes on with that conversation; the answer names its own." }),
    }),
    passesOn: { "application/json": chatOrderSchema },
    answer: {
      what: "The agent's answer, whole or as events (`stream`).",
      contents: { "application/json": completion, "text/event-stream": null },
    },
    problems: [...unavailable, "badRequest", "bodyTooLarge", "busy", "runFailed"],
  }),
  described({
    ...about,
    method: "get",
    path: "/v1/models",
    id: "models",
    does: "the models that the agent goes by; a bot that sleeps is woken",
    answer: { what: "OpenAI's list.", contents: { "application/json": models } },
    problems: unavailable,
  }),
];
