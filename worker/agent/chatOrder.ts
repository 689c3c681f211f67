import * as z from "zod";

const part = z.looseObject({ type: z.string() });

/** As much of a message as Hermes relies on: where it is otherwise, Hermes answers with a bare 500. */
const message = z.looseObject({
  role: z.string().meta({ description: "`system`, `developer`, `user`, `assistant` or `tool`." }),
  content: z.union([z.string(), z.array(part), z.null()]).optional(),
});

/** A turn as OpenAI's clients ask for it. */
export const chatOrderSchema = z
  .looseObject({
    model: z.string().optional().meta({ description: "Hermes uses the model that the stack declares." }),
    messages: z.array(message).min(1),
    stream: z.boolean().nullish().meta({ description: "The answer as server-sent events, as they come." }),
  })
  .meta({
    id: "ChatCompletionOrder",
    description: "As OpenAI's clients send it; other fields go through to Hermes.",
    examples: [
      { messages: [{ role: "user", content: "hello" }] },
      { messages: [{ role: "user", content: "hello" }], stream: true },
    ],
  });
