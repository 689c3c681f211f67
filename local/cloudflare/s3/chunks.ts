/** A body as it is sent over plain HTTP: in chunks, each with a signature that hangs on the one before. */
import { timingSafeEqual } from "node:crypto";
import type { Caller } from "./caller.ts";
import { S3Problem } from "./refusals.ts";
import { chunked, chunkSignature } from "./signature.ts";

const lineEnd = Buffer.from("\r\n");

/** The content of a request; null where there is none. @throws S3Problem when a chunk is cut or not the caller's */
export async function bodyOf(request: Request, caller: Caller): Promise<Uint8Array<ArrayBuffer> | null> {
  if (request.method === "GET" || request.method === "HEAD") return null;
  const body = Buffer.from(await request.arrayBuffer());
  return caller.signed.payloadHash === chunked ? unchunked(body, caller, request) : body;
}

function unchunked(body: Buffer, { token, signed, signature }: Caller, { headers }: Request): Buffer<ArrayBuffer> {
  const chunks: Buffer[] = [];
  let before = signature;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(lineEnd, at);
    const [, size = "", given = ""] =
      /^([0-9a-f]{1,8});chunk-signature=([0-9a-f]{64})$/.exec(body.toString("latin1", at, end)) ?? [];
    const start = end + lineEnd.length;
    const chunk = body.subarray(start, start + Number.parseInt(size, 16));
    if (end < 0 || given === "" || chunk.length !== Number.parseInt(size, 16)) throw new S3Problem("chunkMalformed");
    const expected = chunkSignature(signed, token.hash, before, chunk);
    if (!timingSafeEqual(Buffer.from(expected), Buffer.from(given))) throw new S3Problem("signatureWrong");
    before = given;
    chunks.push(chunk);
    at = start + chunk.length + lineEnd.length;
  }
  const content = Buffer.concat(chunks);
  // The last chunk is empty: a body that was cut between two chunks lacks it.
  const whole = chunks.at(-1)?.length === 0 && String(content.length) === headers.get("x-amz-decoded-content-length");
  if (!whole) throw new S3Problem("chunkMalformed");
  return content;
}
