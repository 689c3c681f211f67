/** AWS Signature Version 4 over a request whose headers carry the signature, as AWS documents it for S3. */
import { createHash, createHmac } from "node:crypto";

/** What x-amz-content-sha256 says of a body in signed chunks. restic sends it where there is no TLS. */
export const chunked = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

/** The one algorithm of version 4. */
export const algorithm = "AWS4-HMAC-SHA256";

/** What is signed of a request. */
export interface Signed {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Names of the headers that count, in lower case. */
  readonly signedHeaders: readonly string[];
  /** `YYYYMMDDTHHMMSSZ`, as in x-amz-date. */
  readonly time: string;
  readonly region: string;
  /** As in x-amz-content-sha256. */
  readonly payloadHash: string;
}

/** The signature, 64 hex digits. */
export function signatureOf(signed: Signed, secretAccessKey: string): string {
  const text = [algorithm, signed.time, scopeOf(signed), sha256(canonicalRequest(signed))].join("\n");
  return hmac(keyOf(signed, secretAccessKey), text).toString("hex");
}

/** The signature of a chunk of a body that is sent in chunks; `before` is that of the chunk before, or of the request. */
export function chunkSignature(signed: Signed, secretAccessKey: string, before: string, chunk: Uint8Array): string {
  const head = [`${algorithm}-PAYLOAD`, signed.time, scopeOf(signed), before];
  return hmac(keyOf(signed, secretAccessKey), [...head, sha256(""), sha256(chunk)].join("\n")).toString("hex");
}

/** The value of the Authorization header. */
export function authorization(signed: Signed, accessKeyId: string, secretAccessKey: string): string {
  const names = signed.signedHeaders.join(";");
  const signature = signatureOf(signed, secretAccessKey);
  return `${algorithm} Credential=${accessKeyId}/${scopeOf(signed)}, SignedHeaders=${names}, Signature=${signature}`;
}

/** The time as x-amz-date writes it. */
export function amzTime(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, "");
}

function scopeOf({ time, region }: Signed): string {
  return `${time.slice(0, 8)}/${region}/s3/aws4_request`;
}

function keyOf(signed: Signed, secretAccessKey: string): string | Buffer {
  const parts = scopeOf(signed).split("/");
  return parts.reduce((key: string | Buffer, part) => hmac(key, part), `AWS4${secretAccessKey}`);
}

function canonicalRequest({ method, url, headers, signedHeaders, payloadHash }: Signed): string {
  const values = signedHeaders.map((name) => `${name}:${(headers.get(name) ?? "").trim().replaceAll(/ +/g, " ")}\n`);
  return [method, url.pathname, canonicalQuery(url), values.join(""), signedHeaders.join(";"), payloadHash].join("\n");
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => [uriEncoded(name), uriEncoded(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** By code point, as the specification sorts; `localeCompare` does not. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function uriEncoded(text: string): string {
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*]/g, percent);
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
