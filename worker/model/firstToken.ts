import { type Chunks, rejoined } from "../rejoined.ts";
import { saidFields } from "../spend/saidFields.ts";

/** What a provider's answer holds as soon as it says anything: text, reasoning, or a tool call, in OpenAI's or Anthropic's form. */
const somethingSaid = new RegExp(
  `"${saidFields}"\\s*:\\s*"[^"]|"tool_calls"\\s*:\\s*\\[\\s*\\{|"tool_use"|"type"\\s*:\\s*"output_text"`,
);

/** An answer longer than this is certainly not empty. */
const enoughBytes = 65_536;

/**
 * Holds an answer back until its first token has come, and hands it on whole. Undefined when it ended without one:
 * Hermes would take that for an answer, and its user would see nothing.
 */
export async function fromFirstToken(reader: Chunks): Promise<ReadableStream<Uint8Array> | undefined> {
  const decoder = new TextDecoder();
  const held: Uint8Array[] = [];
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    held.push(value);
    text += decoder.decode(value, { stream: true });
    if (somethingSaid.test(text) || text.length > enoughBytes) return rejoined(held, reader);
  }
}
