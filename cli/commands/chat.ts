/** `talaria chat`: one message, one answer, streamed. */
import { text } from "node:stream/consumers";
import { chunkSchema, completionSchema, progressSchema } from "../api.ts";
import { type Client, reasonOf } from "../client.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";
import { readEvents } from "../sse.ts";

/** Options of `chat`. */
export interface ChatOptions {
  /** Session to go on with. */
  readonly session?: string;
  /** False asks for the answer in one piece. */
  readonly stream: boolean;
}

interface Answer {
  readonly text: string;
  readonly model: string | null;
  readonly finishReason: string | null;
  readonly usage: object | null;
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
  const stream = options.stream && !output.json;
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const ticker = setInterval(() => output.watched && output.waiting(`waiting for the bot … ${seconds()} s`), 1000);
  try {
    const response = await bot.send({
      method: "POST",
      path: "/v1/chat/completions",
      token: "client",
      body: { model: "hermes-agent", stream, messages: [{ role: "user", content }] },
      headers: options.session === undefined ? {} : { "x-hermes-session-id": options.session },
    });
    const sessionId = response.headers.get("x-hermes-session-id");
    const answer = stream
      ? await readStream(response, output, () => clearInterval(ticker))
      : await readWhole(bot, response);
    clearInterval(ticker);
    if (stream) output.piece("\n");
    else output.result({ ...answer, sessionId, ms: Math.round(performance.now() - started) }, () => answer.text);
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

async function readStream(response: Response, output: Output, onFirst: () => void): Promise<Answer> {
  const answer = {
    text: "",
    model: null as string | null,
    finishReason: null as string | null,
    usage: null as object | null,
  };
  try {
    for await (const event of readEvents(response.body ?? emptyBody())) {
      if (event.kind === "comment") {
        if (answer.text === "") output.waiting("waiting: the bot is waking or busy …");
      } else if (event.name === "hermes.tool.progress") {
        showProgress(event.data, output);
      } else if (event.data === "[DONE]") {
        return answer;
      } else if (event.name === "message" || event.name === "error") {
        const chunk = chunkSchema.parse(JSON.parse(event.data));
        if (chunk.error) throw new CliError("modelFailed", { detail: chunk.error.message });
        const [choice] = chunk.choices ?? [];
        const piece = choice?.delta?.content ?? "";
        if (piece !== "") {
          onFirst();
          output.piece(answer.text === "" ? piece.trimStart() : piece);
          answer.text += piece;
        }
        answer.model = chunk.model ?? answer.model;
        answer.finishReason = choice?.finish_reason ?? answer.finishReason;
        answer.usage = chunk.usage ?? answer.usage;
      }
    }
  } catch (error) {
    if (answer.text !== "") output.piece("\n");
    throw error instanceof CliError ? error : new CliError("cutOff", { detail: reasonOf(error) });
  }
  if (answer.finishReason !== null) return answer;
  if (answer.text !== "") output.piece("\n");
  throw new CliError("cutOff", { detail: "the stream ended early" });
}

/** Says which tool the bot uses. */
function showProgress(data: string, output: Output): void {
  const progress = progressSchema.safeParse(JSON.parse(data));
  if (!progress.success || progress.data.status !== "running") return;
  output.note(`· ${progress.data.tool} ${progress.data.label ?? ""}`.trimEnd());
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
