import { BotError } from "../errors.ts";

/** The body, cut off where it grows beyond the limit; `exceeded` says whether it did. @throws BotError `bodyTooLarge` for a declared length */
export function limited(
  request: Request,
  limitBytes: number,
): { body: ReadableStream | null; exceeded: () => BotError | undefined } {
  const tooLarge = new BotError("bodyTooLarge", { limit: limitBytes / 1_000_000 });
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > limitBytes) throw tooLarge;
  // Nobody reads one there, and no request can be made anew with one.
  if (request.method === "GET" || request.method === "HEAD") return { body: null, exceeded: () => undefined };
  if (declared !== null || request.body === null) return { body: request.body, exceeded: () => undefined };
  let read = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > limitBytes) controller.terminate();
      else controller.enqueue(chunk);
    },
  });
  return { body: request.body.pipeThrough(count), exceeded: () => (read > limitBytes ? tooLarge : undefined) };
}
