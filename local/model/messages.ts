/** Anthropic's messages API. */
import { z } from "zod";
import { type Message, piecesOf, type Reply } from "./conversation.ts";
import { bearerKey, type Dialect, event, type Failure, type Refusal } from "./dialect.ts";

const textBlock = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(textBlock)]);
const block = textBlock.extend({ content: content.optional() });

const request = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.number().int().min(1),
  stream: z.boolean().optional(),
  system: content.optional(),
  messages: z
    .array(
      z.looseObject({ role: z.enum(["user", "assistant", "system"]), content: z.union([z.string(), z.array(block)]) }),
    )
    .min(1),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});

/** `POST …/messages`. */
export const anthropicMessages: Dialect = {
  name: "messages",
  path: "/messages",
  keyOf: (headers) => [headers["x-api-key"]].flat()[0] ?? bearerKey(headers),
  read(body, headers) {
    if (headers["anthropic-version"] === undefined) return "anthropic-version: header is required";
    const parsed = request.safeParse(body);
    if (!parsed.success) return z.prettifyError(parsed.error);
    const { model, stream, system, messages, tools } = parsed.data;
    const instructions: Message[] = system === undefined ? [] : [{ role: "system", text: textOf(system) }];
    return {
      model,
      stream: stream === true,
      messages: [...instructions, ...messages.flatMap(toMessages)],
      tools: (tools ?? []).map((tool) => tool.name),
      schemaName: undefined,
    };
  },
  whole: (reply) => ({
    ...head(reply),
    content: contentOf(reply),
    stop_reason: stopReason(reply),
    usage: { input_tokens: reply.usage.prompt, output_tokens: reply.usage.completion },
  }),
  stream(reply) {
    const send = (type: string, data: object) => event({ type, ...data }, type);
    const start = {
      ...head(reply),
      content: [],
      stop_reason: null,
      usage: { input_tokens: reply.usage.prompt, output_tokens: 0 },
    };
    const delta = (value: object) => send("content_block_delta", { index: 0, delta: value });
    const deltas =
      reply.answer.kind === "text"
        ? piecesOf(reply.answer.text).map((text) => delta({ type: "text_delta", text }))
        : [delta({ type: "input_json_delta", partial_json: reply.answer.arguments })];
    const opening =
      reply.answer.kind === "text"
        ? { type: "text", text: "" }
        : { type: "tool_use", id: toolId(reply), name: reply.answer.name, input: {} };
    const blocks =
      contentOf(reply).length === 0
        ? []
        : [
            send("content_block_start", { index: 0, content_block: opening }),
            ...deltas,
            send("content_block_stop", { index: 0 }),
          ];
    return [
      send("message_start", { message: start }),
      send("ping", {}),
      ...blocks,
      send("message_delta", {
        delta: { stop_reason: stopReason(reply), stop_sequence: null },
        usage: { output_tokens: reply.usage.completion },
      }),
      send("message_stop", {}),
    ];
  },
  refuse: anthropicRefusal,
};

/** A user message may carry text and tool results side by side. */
function toMessages(message: { role: Message["role"]; content: string | z.infer<typeof block>[] }): Message[] {
  if (typeof message.content === "string") return [{ role: message.role, text: message.content }];
  const results = message.content.filter((piece) => piece.type === "tool_result");
  const text = textOf(message.content);
  const spoken: Message[] = text === "" && results.length > 0 ? [] : [{ role: message.role, text }];
  return [...spoken, ...results.map((piece): Message => ({ role: "tool", text: textOf(piece.content ?? "") }))];
}

function textOf(value: z.infer<typeof content>): string {
  return typeof value === "string" ? value : value.flatMap((piece) => piece.text ?? []).join("\n");
}

function head(reply: Reply) {
  return { id: `msg_${reply.id}`, type: "message", role: "assistant", model: reply.model, stop_sequence: null };
}

function contentOf(reply: Reply): object[] {
  if (reply.answer.kind === "text") return reply.answer.text === "" ? [] : [{ type: "text", text: reply.answer.text }];
  const input: unknown = JSON.parse(reply.answer.arguments);
  return [{ type: "tool_use", id: toolId(reply), name: reply.answer.name, input }];
}

function toolId(reply: Reply): string {
  return `toolu_${reply.id}`;
}

function stopReason(reply: Reply): string {
  return reply.answer.kind === "text" ? "end_turn" : "tool_use";
}

function anthropicRefusal(failure: Failure): Refusal {
  const error = (status: number, type: string, message: string): Refusal => ({
    status,
    body: { type: "error", error: { type, message }, request_id: null },
  });
  switch (failure.kind) {
    case "badRequest":
      return error(400, "invalid_request_error", failure.message);
    case "refusedKey":
      return error(401, "authentication_error", "invalid x-api-key");
    case "noCredit":
      return error(
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
      );
    case "unknownModel":
      return error(404, "not_found_error", `model: ${failure.model}`);
    case "rateLimited":
      return error(429, "rate_limit_error", "This request would exceed your organization's rate limit.");
    case "broken":
      return error(500, "api_error", "Internal server error");
  }
}
