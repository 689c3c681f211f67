/** Server-sent events, as far as OpenAI's streams use them. */

/** An event, or a comment (a heartbeat). */
export type StreamEvent =
  | { readonly kind: "event"; readonly name: string; readonly data: string }
  | { readonly kind: "comment"; readonly text: string };

/** Reads a stream of bytes; comments come out as soon as they arrive. */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let name = "message";
  let data: string[] = [];
  for await (const line of readLines(bytes)) {
    if (line === "") {
      if (data.length > 0) yield { kind: "event", name, data: data.join("\n") };
      name = "message";
      data = [];
    } else if (line.startsWith(":")) {
      yield { kind: "comment", text: line.slice(1).trim() };
    } else {
      const [, field, value] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === "data") data.push(value ?? "");
      if (field === "event") name = value ?? "message";
    }
  }
}

async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
