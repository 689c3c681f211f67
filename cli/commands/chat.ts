/** `talaria chat`: one message and its answer, or at a terminal a conversation. */
import { text } from "node:stream/consumers";
import type { Context } from "../context.ts";
import { CliError } from "../problems.ts";
import { type ChatOptions, taken } from "../turn.ts";
import { conversation } from "./conversation.ts";

/** Says something to the bot. Without a message it is read from stdin; where that is a terminal, a conversation begins. */
export async function chat(context: Context, message: string | undefined, options: ChatOptions): Promise<void> {
  const { output, client } = context;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && !output.json;
  if (message === undefined && isTerminal) return conversation(context, options);
  const content = message ?? (process.stdin.isTTY ? "" : await text(process.stdin));
  if (content.trim() === "") throw new CliError("noMessage");
  const { session, stream } = options;
  const { answer, sessionId, ms } = await taken(await client(), output, { content, session, stream });
  if (stream && !output.json) output.piece("\n");
  else output.result({ ...answer, sessionId, ms }, () => answer.text);
  if (output.watched && sessionId) output.note(`(go on with --session ${sessionId})`);
}
