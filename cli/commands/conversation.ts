/** `talaria chat` at a terminal: a conversation in one session, until Ctrl-D. */
import { createInterface } from "node:readline";
import type { Context } from "../context.ts";
import { toCliError } from "../problems.ts";
import { type ChatOptions, taken } from "../turn.ts";

const prompt = "> ";
/** Lines that the arrow keys bring back. */
const historySize = 200;

/** Each line is a message. Ctrl-C ends an answer, at the prompt it drops what is typed; Ctrl-D ends the conversation. */
export async function conversation({ output, client }: Context, options: ChatOptions): Promise<void> {
  const bot = await client();
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt, historySize, terminal: true });
  let session = options.session;
  let answering: AbortController | undefined;
  lines.on("SIGINT", () => {
    if (answering) return answering.abort();
    lines.write(null, { ctrl: true, name: "e" });
    lines.write(null, { ctrl: true, name: "u" });
    output.note("\n(Ctrl-D ends)");
    lines.prompt();
  });
  output.note("Ctrl-C ends an answer, Ctrl-D the conversation.");
  lines.prompt();
  for await (const content of lines) {
    if (content.trim() !== "") {
      answering = new AbortController();
      const { signal } = answering;
      try {
        const turned = await taken(bot, output, { content, session, stream: options.stream, signal });
        output.piece(options.stream ? "\n" : `${turned.answer.text}\n`);
        session = turned.sessionId ?? session;
      } catch (error) {
        if (signal.aborted) output.note("(cancelled)");
        else output.error(toCliError(error));
      }
      answering = undefined;
    }
    lines.prompt();
  }
  output.piece("\n");
  if (session !== undefined) output.note(`(go on with --session ${session})`);
}
