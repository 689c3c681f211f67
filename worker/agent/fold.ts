import * as z from "zod";
import { runError } from "./failedRun.ts";

/** A chunk as Hermes streams it. Named events between them (`event: hermes.…`) tell of tools and are left out. */
const chunkSchema = z.looseObject({
  id: z.string().optional(),
  created: z.number().optional(),
  model: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish() }).optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z.looseObject({}).nullish(),
  error: z.looseObject({ message: z.string().nullish() }).optional(),
});

/**
 * Makes one answer from a stream of chunks, for a client that did not ask for a stream. Hermes notices a client that
 * leaves on streams only; so every run is asked as a stream and this one reads it to its end. @throws Error when it breaks
 */
export async function foldChunks(response: Response, signal?: AbortSignal): Promise<Response> {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (!response.ok || !isStream || !response.body) return response;
  const source = response.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), {
    ...(signal && { signal }),
  });
  const folded = { content: "", finishReason: "stop", head: {}, usage: undefined as object | undefined };
  let ended = false;
  for await (const data of events(source)) {
    if (data === "[DONE]") {
      ended = true;
      continue;
    }
    // One that is of another form holds words that would be missing: no answer is better than a part of it.
    const { id, created, model, choices, usage, error } = chunkSchema.parse(data);
    if (error) return runError(error.message ?? "").toOpenAi();
    folded.head = { id, created, model };
    if (usage) folded.usage = usage;
    for (const { delta, finish_reason } of choices) {
      folded.content += delta?.content ?? "";
      if (finish_reason) folded.finishReason = finish_reason;
    }
  }
  if (!ended) throw new Error("the stream ended without its last event");
  const headers = new Headers(response.headers);
  for (const name of ["content-type", "content-length", "transfer-encoding", "cache-control"]) headers.delete(name);
  const message = { role: "assistant", content: folded.content.trimStart() };
  const choices = [{ index: 0, message, finish_reason: folded.finishReason }];
  const body = { ...folded.head, object: "chat.completion", choices, usage: folded.usage };
  return Response.json(body, { headers });
}

/** The data of each event, parsed, and `[DONE]` as it is; comments are passed over. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === "[DONE]") yield data;
      else if (data !== undefined && !/^event:/m.test(block)) yield JSON.parse(data);
    }
  }
}
