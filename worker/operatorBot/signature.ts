/** What proves that Slack sent a request: https://docs.slack.dev/authentication/verifying-requests-from-slack */

/** Seconds that a request's timestamp may differ from our clock, either way. */
export const windowSeconds = 300;

const signatureForm = /^v0=([0-9a-f]{64})$/;
const timestampForm = /^\d{1,12}$/;

/** A request's parts that are signed, and the signature. */
export interface SignedParts {
  /** `x-slack-request-timestamp`: seconds since the epoch. */
  readonly timestamp: string | undefined;
  /** `x-slack-signature`. */
  readonly signature: string | undefined;
  /** The body as it came. */
  readonly body: Uint8Array;
}

/** Why a request is not Slack's, in words; null for one that is. The comparison takes the same time whatever differs. */
export async function refusalOf(
  { timestamp, signature, body }: SignedParts,
  signingSecret: string,
  nowMs: number,
): Promise<string | null> {
  const given = signatureForm.exec(signature ?? "")?.[1];
  if (timestamp === undefined || !timestampForm.test(timestamp)) return "it has no timestamp";
  if (given === undefined) return "it has no signature";
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > windowSeconds) return "its timestamp is not of these five minutes";
  const encoder = new TextEncoder();
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(signingSecret), hmac, false, ["verify"]);
  const signed = joined(encoder.encode(`v0:${timestamp}:`), body);
  return (await crypto.subtle.verify("HMAC", key, bytesOf(given), signed)) ? null : "its signature is wrong";
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
