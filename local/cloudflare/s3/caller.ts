/** Who calls the S3 API: the token whose id is the access key, proven by a signature with the token's SHA-256. */
import { timingSafeEqual } from "node:crypto";
import type { StoredToken } from "../account/state.ts";
import { S3Problem } from "./refusals.ts";
import { algorithm, chunked, type Signed, signatureOf } from "./signature.ts";

/** Milliseconds by which a client's clock may differ. */
const largestSkewMs = 15 * 60_000;

const authorizationForm = new RegExp(
  `^${algorithm} +Credential=([^,\\s]+), ?SignedHeaders=([^,\\s]+), ?Signature=([0-9a-f]{64})$`,
);

/** Who signed a request, and with what. */
export interface Caller {
  readonly token: StoredToken;
  readonly signed: Signed;
  readonly signature: string;
}

/**
 * The token that signed the request.
 * @throws S3Problem when nobody can be told from the request, or somebody else signed it
 */
export function callerOf(request: Request, tokenOf: (accessKeyId: string) => StoredToken | undefined): Caller {
  const url = new URL(request.url);
  const header = request.headers.get("authorization");
  if (header === null && url.searchParams.has("X-Amz-Signature"))
    throw new S3Problem("notOffered", { what: "A presigned request" });
  if (header === null) throw new S3Problem("authorizationMissing");
  const [, credential = "", names = "", signature = ""] = authorizationForm.exec(header) ?? [];
  const signedHeaders = names.split(";");
  if (signature === "" || !signedHeaders.includes("host")) throw new S3Problem("authorizationMalformed");

  const payloadHash = request.headers.get("x-amz-content-sha256");
  if (payloadHash === null) throw new S3Problem("payloadHashMissing");
  // Miniflare would store what is said about the chunks as a part of the object.
  if (payloadHash.startsWith("STREAMING-") && payloadHash !== chunked)
    throw new S3Problem("notOffered", { what: payloadHash });

  const time = request.headers.get("x-amz-date") ?? "";
  if (Math.abs(Date.now() - readTime(time)) > largestSkewMs) throw new S3Problem("timeTooSkewed");
  const [accessKeyId = "", date, region = "", service, end] = credential.split("/");
  if (service !== "s3" || end !== "aws4_request" || date !== time.slice(0, 8)) throw new S3Problem("credentialScope");

  const token = tokenOf(accessKeyId);
  if (token === undefined) throw new S3Problem("keyUnknown");
  const { method, headers } = request;
  const signed: Signed = { method, url, headers, signedHeaders, time, region, payloadHash };
  // R2's rule: the secret access key is the SHA-256 of the token's value.
  const expected = signatureOf(signed, token.hash);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) throw new S3Problem("signatureWrong");
  return { token, signed, signature };
}

function readTime(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw new S3Problem("dateInvalid");
  return time;
}
