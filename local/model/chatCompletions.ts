/** OpenAI's chat completions, as OpenAI, OpenRouter and most other providers serve them. */
import { z } from "zod";
import { type Conversation, piecesOf, type Reply } from "./conversation.ts";
import { bearerKey, type Dialect, event } from "./dialect.ts";
import { openaiRefusal } from "./openaiErrors.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });

const request = z.looseObject({
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(part)]).nullish() }))
    .min(1),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }).optional() })).nullish(),
  response_format: z.looseObject({ json_schema: z.looseObject({ name: z.string().optional() }).optional() }).nullish(),
});

/** `POST …/chat/completions`. */
export const chatCompletions: Dialect = {
  name: "chat.completions",
  path: "/chat/completions",
  keyOf: bearerKey,
  read(body) {
    const parsed = request.safeParse(body);
    if (!parsed.success) return z.prettifyError(parsed.error);
    const { model, stream, messages, tools, response_format } = parsed.data;
    return {
      model,
      stream: stream === true,
      messages: messages.map((message) => ({ role: roleOf(message.role), text: textOf(message.content) })),
      tools: (tools ?? []).flatMap((tool) => tool.function?.name ?? []),
      schemaName: response_format?.json_schema?.name,
    };
  },
  whole(reply) {
    const message =
      reply.answer.kind === "text"
        ? { role: "assistant", content: reply.answer.text, refusal: null }
        : { role: "assistant", content: null, refusal: null, tool_calls: [toolCall(reply)] };
    return {
      ...head(reply, "chat.completion"),
      choices: [{ index: 0, message, logprobs: null, finish_reason: finish(reply) }],
      usage: usage(reply),
    };
  },
  stream(reply) {
    const chunk = (delta: object, finish_reason: string | null = null) =>
      event({ ...head(reply, "chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason }] });
    const deltas =
      reply.answer.kind === "text"
        ? piecesOf(reply.answer.text).map((content) => chunk({ content }))
        : [chunk({ tool_calls: [{ index: 0, ...toolCall(reply) }] })];
    return [
      chunk({ role: "assistant", content: reply.answer.kind === "text" ? "" : null }),
      ...deltas,
      chunk({}, finish(reply)),
      event({ ...head(reply, "chat.completion.chunk"), choices: [], usage: usage(reply) }),
      event("[DONE]"),
    ];
  },
  refuse: openaiRefusal,
};

function roleOf(role: string): Conversation["messages"][number]["role"] {
  if (role === "developer" || role === "system") return "system";
  if (role === "tool" || role === "function") return "tool";
  return role === "assistant" ? "assistant" : "user";
}

function textOf(content: string | readonly { text?: string | undefined }[] | null | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).flatMap((piece) => piece.text ?? []).join("\n");
}

function head(reply: Reply, object: string) {
  return { id: `chatcmpl-${reply.id}`, object, created: reply.created, model: reply.model };
}

function toolCall(reply: Reply) {
  if (reply.answer.kind !== "tool") return undefined;
  const { name, arguments: args } = reply.answer;
  return { id: `call_${reply.id}`, type: "function", function: { name, arguments: args } };
}

function finish(reply: Reply): string {
  return reply.answer.kind === "text" ? "stop" : "tool_calls";
}

function usage(reply: Reply) {
  const { prompt, completion } = reply.usage;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
