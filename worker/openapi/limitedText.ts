import { BotError } from "../errors.ts";

/** The text of a body. @throws BotError `bodyTooLarge` as soon as it is longer */
export async function limitedText(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw new BotError("bodyTooLarge", { limit: limitBytes / 1_000_000 });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
