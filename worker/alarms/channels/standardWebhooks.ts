/** Signatures of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, time and body. */

const prefix = "whsec_";

/** The header `webhook-signature`. `seconds` is the header `webhook-timestamp`. @throws Error for a secret that is not base64 */
export async function signature(secret: string, id: string, seconds: number, body: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replace(prefix, "")), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signed = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${seconds}.${body}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`;
}
