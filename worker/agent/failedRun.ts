import * as z from "zod";
import { BotError } from "../errors.ts";
import { failureInHermesText, withoutTag } from "../model/failure.ts";

/** Hermes answers a run that failed with status 200 and these headers; a client would take its text for an answer. */
const completedHeader = "x-hermes-completed";
const errorHeader = "x-hermes-error";

/** Hermes tells of tools and of its state between the chunks, by events of its own. */
const hermesEvent = "event: hermes.";

const failedSchema = z.object({
  hermes: z.looseObject({ completed: z.boolean().optional(), error: z.string().nullish() }),
});

/** What `/v1/responses` says of it: an answer like any other, in which no token was spent. */
const spentNothingSchema = z.object({
  object: z.literal("response"),
  usage: z.object({ total_tokens: z.literal(0) }),
  output: z.array(z.looseObject({ content: z.array(z.looseObject({ text: z.string().optional() })).optional() })),
});

const chunkSchema = z.looseObject({
  choices: z.array(z.looseObject({ finish_reason: z.string().nullish() })).optional(),
  error: z.looseObject({ message: z.string().nullish() }).optional(),
});

/** Turns Hermes' answer to a failed run into an error that OpenAI's clients raise; any other answer stays as it is. */
export async function mendFailedRun(response: Response): Promise<Response> {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream") && response.body) {
    return new Response(response.body.pipeThrough(mendEvents()), response);
  }
  if (response.status >= 500 && !type.includes("json")) return runError(await response.text()).toOpenAi();
  const { headers } = response;
  const isTold = headers.get(completedHeader) === "false" || headers.has(errorHeader);
  if (!isTold && (headers.has(completedHeader) || !type.includes("json"))) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const tagged = taggedIn(body);
  if (tagged !== undefined) return runError(tagged).toOpenAi();
  if (!isTold) return response;
  const parsed = failedSchema.safeParse(body);
  if (!parsed.success || parsed.data.hermes.completed !== false) return response;
  return runError(parsed.data.hermes.error ?? response.headers.get(errorHeader) ?? "").toOpenAi();
}

/** The model proxy's words in an answer for which no token was spent; Hermes puts its own around them. */
function taggedIn(body: unknown): string | undefined {
  const parsed = spentNothingSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const texts = parsed.data.output.flatMap(({ content = [] }) => content.map(({ text = "" }) => text));
  const said = texts.flatMap((text) => text.split("\n\n")).find((part) => failureInHermesText(part) !== undefined);
  return said?.replace(/^.*?(?=HTTP \d+: )/, "");
}

/** The error for a failed run: the model proxy's own where Hermes passed its words on. */
export function runError(text: string): BotError {
  const known = failureInHermesText(text);
  return known
    ? BotError.said(known.code, known.message)
    : new BotError("runFailed", { reason: text || "no reason given" });
}

/** Replaces a chunk that ends a failed run by an error event, and makes chunks of Hermes' own events. Others pass as they come. */
function mendEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = "";
  return new TransformStream({
    async transform(bytes, controller) {
      rest += decoder.decode(bytes, { stream: true });
      const events = rest.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) controller.enqueue(encoder.encode(`${withoutTag(await mendEvent(event))}\n\n`));
    },
    flush(controller) {
      if (rest) controller.enqueue(encoder.encode(rest));
    },
  });
}

async function mendEvent(event: string): Promise<string> {
  if (event.startsWith(hermesEvent)) return asChunk(event);
  if (!event.includes('"finish_reason"') || !event.includes('"error"')) return event;
  const data = /^data: (.*)$/m.exec(event)?.[1];
  const chunk = chunkSchema.safeParse(safeJson(data));
  if (!chunk.success || !chunk.data.choices?.some((choice) => choice.finish_reason === "error")) return event;
  return `data: ${await runError(chunk.data.error?.message ?? "")
    .toOpenAi()
    .text()}`;
}

/**
 * OpenAI's clients do not look at an event's name and take each for a chunk, whose choices they read. So the event keeps
 * its name and its fields, and gets an empty choice.
 */
function asChunk(event: string): string {
  return event.replace(/^data: (\{.*\})$/m, (line, data: string) => {
    const fields = safeJson(data);
    if (typeof fields !== "object" || fields === null || "choices" in fields) return line;
    const choices = [{ index: 0, delta: {}, finish_reason: null }];
    return `data: ${JSON.stringify({ object: "chat.completion.chunk", choices, ...fields })}`;
  });
}

function safeJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined; // not ours to judge: the event passes as it is
  }
}
