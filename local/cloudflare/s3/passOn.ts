/** Sends a request that may pass to the bucket itself, signed with the runtime's own keys. */
import type { BucketDoor } from "../../runtime/contract.ts";
import { amzTime, authorization, chunked } from "./signature.ts";

/** Headers of one connection, and of the caller's own signature. */
const left = new Set([
  "accept-encoding",
  "authorization",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "transfer-encoding",
  "x-amz-date",
  "x-amz-decoded-content-length",
]);

/** Region that R2 gives itself. */
const region = "auto";

/** `key` as it stands in the path, encoded; empty for a call that concerns the bucket. `body` without its chunks. */
export async function passOn(
  request: Request,
  body: Uint8Array<ArrayBuffer> | null,
  key: string,
  door: BucketDoor,
): Promise<Response> {
  const { method } = request;
  const url = new URL(`${door.url}${key === "" ? "" : `/${key}`}${new URL(request.url).search}`);
  const time = amzTime(new Date());
  const said = request.headers.get("x-amz-content-sha256");
  const payloadHash = said === null || said === chunked ? "UNSIGNED-PAYLOAD" : said;
  const headers = new Headers([...request.headers].filter(([name]) => !left.has(name)));
  if (headers.get("content-encoding") === "aws-chunked") headers.delete("content-encoding");
  headers.set("host", url.host);
  headers.set("x-amz-date", time);
  headers.set("x-amz-content-sha256", payloadHash);
  const signedHeaders = ["host", "x-amz-content-sha256", "x-amz-date"];
  const signed = { method, url, headers, signedHeaders, time, region, payloadHash };
  headers.set("authorization", authorization(signed, door.accessKeyId, door.secretAccessKey));
  headers.set("accept-encoding", "identity");
  const response = await fetch(url, { method, headers, body });
  const kept = [...response.headers].filter(([name]) => !left.has(name) || name === "content-length");
  // Read to the end here: the bucket's door closes behind this call.
  const content = method === "HEAD" || response.status === 204 ? null : await response.arrayBuffer();
  return new Response(content, { status: response.status, headers: kept });
}
