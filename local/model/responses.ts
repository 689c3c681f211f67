/** OpenAI's responses API, as far as a client without stored responses uses it. */
import { z } from "zod";
import { type Message, piecesOf, type Reply } from "./conversation.ts";
import { bearerKey, type Dialect, event } from "./dialect.ts";
import { openaiRefusal } from "./openaiErrors.ts";

const text = z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]);

const item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: text.optional(),
  output: text.optional(),
});

const request = z.looseObject({
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  instructions: z.string().nullish(),
  input: z.union([z.string(), z.array(item)]),
  tools: z.array(z.looseObject({ name: z.string().optional() })).optional(),
});

/** `POST …/responses`. */
export const responses: Dialect = {
  name: "responses",
  path: "/responses",
  keyOf: bearerKey,
  read(body) {
    const parsed = request.safeParse(body);
    if (!parsed.success) return z.prettifyError(parsed.error);
    const { model, stream, instructions, input, tools } = parsed.data;
    const system: Message[] = instructions ? [{ role: "system", text: instructions }] : [];
    const said: Message[] = typeof input === "string" ? [{ role: "user", text: input }] : input.flatMap(toMessage);
    return {
      model,
      stream: stream === true,
      messages: [...system, ...said],
      tools: (tools ?? []).flatMap((tool) => tool.name ?? []),
      schemaName: undefined,
    };
  },
  whole: (reply) => ({ ...head(reply), status: "completed", output: [outputOf(reply)], usage: usage(reply) }),
  stream(reply) {
    let sequence = 0;
    const send = (type: string, data: object) => event({ type, sequence_number: sequence++, ...data }, type);
    const place = { item_id: itemId(reply), output_index: 0 };
    const deltas =
      reply.answer.kind === "text"
        ? piecesOf(reply.answer.text).map((delta) =>
            send("response.output_text.delta", { ...place, content_index: 0, delta }),
          )
        : [
            send("response.function_call_arguments.delta", { ...place, delta: reply.answer.arguments }),
            send("response.function_call_arguments.done", { ...place, arguments: reply.answer.arguments }),
          ];
    return [
      send("response.created", { response: { ...head(reply), status: "in_progress", output: [] } }),
      send("response.output_item.added", { output_index: 0, item: outputOf(reply) }),
      ...deltas,
      send("response.output_item.done", { output_index: 0, item: outputOf(reply) }),
      send("response.completed", { response: responses.whole(reply) }),
    ];
  },
  refuse: openaiRefusal,
};

function toMessage(value: z.infer<typeof item>): Message[] {
  if (value.type === "function_call_output") return [{ role: "tool", text: textOf(value.output) }];
  if (value.role === undefined) return [];
  const role = value.role === "assistant" || value.role === "user" ? value.role : "system";
  return [{ role, text: textOf(value.content) }];
}

function textOf(value: z.infer<typeof text> | undefined): string {
  return typeof value === "string" ? value : (value ?? []).flatMap((piece) => piece.text ?? []).join("\n");
}

function head(reply: Reply) {
  return { id: `resp_${reply.id}`, object: "response", created_at: reply.created, model: reply.model, error: null };
}

function itemId(reply: Reply): string {
  return reply.answer.kind === "text" ? `msg_${reply.id}` : `fc_${reply.id}`;
}

function outputOf(reply: Reply): object {
  const id = itemId(reply);
  if (reply.answer.kind === "tool") {
    const { name, arguments: args } = reply.answer;
    return { type: "function_call", id, call_id: `call_${reply.id}`, name, arguments: args, status: "completed" };
  }
  const content = [{ type: "output_text", text: reply.answer.text, annotations: [] }];
  return { type: "message", id, role: "assistant", status: "completed", content };
}

function usage(reply: Reply) {
  const { prompt, completion } = reply.usage;
  return { input_tokens: prompt, output_tokens: completion, total_tokens: prompt + completion };
}
