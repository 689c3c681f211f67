/** `talaria chat`: one message, one answer, streamed. */
import { text } from "node:stream/consumers";
import { type Answer, readAnswerStream } from "../answerStream.ts";
import { completionSchema } from "../api.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";

/** Options of `chat`. */
export interface ChatOptions {
  /** Session to go on with. */
  readonly session?: string;
  /** False asks for the answer in one piece. */
  readonly stream: boolean;
}

/** Says something to the bot. Without a message it is read from stdin. */
export async function chat(
  { output, client }: Context,
  message: string | undefined,
  options: ChatOptions,
): Promise<void> {
  const content = message ?? (process.stdin.isTTY ? "" : await text(process.stdin));
  if (content.trim() === "") throw new CliError("noMessage");
  const bot = await client();
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
      body: { model: "hermes-agent", stream: options.stream, messages: [{ role: "user", content }] },
      headers: options.session === undefined ? {} : { "x-hermes-session-id": options.session },
    });
    const sessionId = response.headers.get("x-hermes-session-id");
    const answer = await (options.stream
      ? readStream(response, output, () => clearInterval(ticker))
      : readWhole(bot, response));
    clearInterval(ticker);
    if (options.stream && !output.json) output.piece("\n");
    else output.result({ ...answer, sessionId, ms: ms() }, () => answer.text);
    if (output.watched && sessionId) output.note(`(go on with --session ${sessionId})`);
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
