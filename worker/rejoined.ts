/** A stream that is being read, or what looks at each chunk on its way out of one: a second stream would double what a chunk costs. */
export type Chunks = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;

/** A stream again, from chunks that were read off its beginning and the reader that holds the rest. */
export function rejoined(held: readonly Uint8Array[], reader: Chunks): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const bytes of held) controller.enqueue(bytes);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      await reader.cancel(reason);
    },
  });
}
