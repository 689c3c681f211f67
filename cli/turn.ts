/** One message to the bot and its answer. */
import { type Answer, readAnswerStream } from "./answerStream.ts";
import { completionSchema } from "./api.ts";
import type { Client } from "./client.ts";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";

/** Options of `chat`. */
export interface ChatOptions {
  /** Session to go on with. */
  readonly session?: string;
  /** False asks for the answer in one piece. */
  readonly stream: boolean;
}

/** What is said, and how the answer shall come. */
export interface Turn {
  readonly content: string;
  /** Session to go on with. */
  readonly session: string | undefined;
  /** False asks for the answer in one piece. */
  readonly stream: boolean;
  /** Ends the answer. */
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface Turned {
  readonly answer: Answer;
  readonly sessionId: string | null;
  readonly ms: number;
}

/** Says it and waits for the end of the answer; a streamed one is shown as it comes. */
export async function taken(bot: Client, output: Output, { content, session, stream, signal }: Turn): Promise<Turned> {
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  const ticker = setInterval(
    () => output.watched && output.waiting(`waiting for the bot … ${Math.round(ms() / 1000)} s`),
    1000,
  );
  try {
    const response = await bot.send({
      method: "POST",
      path: "/v1/chat/completions",
      token: "client",
      body: { model: "hermes-agent", stream, messages: [{ role: "user", content }] },
      headers: session === undefined ? {} : { "x-hermes-session-id": session },
      ...(signal && { signal }),
    });
    const sessionId = response.headers.get("x-hermes-session-id");
    const answer = await (stream
      ? readStream(response, output, () => clearInterval(ticker))
      : readWhole(bot, response));
    return { answer, sessionId, ms: ms() };
  } finally {
    clearInterval(ticker);
    output.endWaiting();
  }
}

async function readWhole(bot: Client, response: Response): Promise<Answer> {
  const { value } = await bot.parse(response, completionSchema);
  const [choice] = value.choices;
  const failure = value.error?.message ?? value.hermes?.error;
  if (failure || choice?.finish_reason === "error") {
    throw new CliError("modelFailed", { detail: failure ?? choice?.message.content ?? "no reason given" });
  }
  return {
    text: choice?.message.content ?? "",
    model: value.model ?? null,
    finishReason: choice?.finish_reason ?? null,
    usage: value.usage ?? null,
  };
}

/** Prints the answer as it comes; with `--json` it is only collected, since a stream survives waits that a single answer does not. */
async function readStream(response: Response, output: Output, onFirst: () => void): Promise<Answer> {
  let printed = false;
  const show = {
    piece(piece: string) {
      onFirst();
      if (output.json) return;
      output.piece(printed ? piece : piece.trimStart());
      printed = true;
    },
    heartbeat() {
      if (!printed) output.waiting("waiting: the bot is waking or busy …");
    },
    tool: (name: string, label: string) => output.note(`· ${name} ${label}`.trimEnd()),
  };
  return await readAnswerStream(response, show).catch((error: unknown) => {
    if (printed) output.piece("\n");
    throw error;
  });
}
