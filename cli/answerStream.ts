/** A streamed answer of /v1/chat/completions, Hermes' own events included. */
import { z } from "zod";
import { chunkSchema, progressSchema } from "./api.ts";
import { reasonOf } from "./client.ts";
import { CliError } from "./problems.ts";
import { readEvents, type StreamEvent } from "./sse.ts";

/** An answer that came to its end. */
export interface Answer {
  readonly text: string;
  readonly model: string | null;
  readonly finishReason: string | null;
  readonly usage: object | null;
}

/** Who watches the stream. */
export interface Watcher {
  /** A piece of the text. */
  piece(text: string): void;
  /** A comment: the other side is alive and has nothing to say yet. */
  heartbeat(): void;
  /** The bot starts a tool. */
  tool(name: string, label: string): void;
}

/** Reads to the end. A stream that breaks off, or that says that the bot failed, is an error. */
export async function readAnswerStream(response: Response, watcher: Watcher): Promise<Answer> {
  let answer: Answer = { text: "", model: null, finishReason: null, usage: null };
  try {
    for await (const event of readEvents(response.body ?? nothing())) {
      if (event.kind === "event" && event.data === "[DONE]") return answer;
      answer = take(event, answer, watcher);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("cutOff", { detail: error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error) });
  }
  if (answer.finishReason === null) throw new CliError("cutOff", { detail: "the stream ended early" });
  return answer;
}

function take(event: StreamEvent, answer: Answer, watcher: Watcher): Answer {
  if (event.kind === "comment") {
    watcher.heartbeat();
    return answer;
  }
  if (event.name === "hermes.tool.progress") {
    const { tool, label, status } = progressSchema.parse(JSON.parse(event.data));
    if (status === "running") watcher.tool(tool, label ?? "");
    return answer;
  }
  if (event.name !== "message" && event.name !== "error") return answer; // another event of Hermes
  const chunk = chunkSchema.parse(JSON.parse(event.data));
  if (chunk.error) throw new CliError("modelFailed", { detail: chunk.error.message }, chunk.error.code ?? undefined);
  const [choice] = chunk.choices ?? [];
  const piece = choice?.delta?.content ?? "";
  if (piece !== "") watcher.piece(piece);
  return {
    text: answer.text === "" ? piece.trimStart() : answer.text + piece,
    model: chunk.model ?? answer.model,
    finishReason: choice?.finish_reason ?? answer.finishReason,
    usage: chunk.usage ?? answer.usage,
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
