import { hexOf, sha256 } from "../hash.ts";

/** SHA-256 of a text, as hexadecimal digits: what is kept of a token or of a session's id. */
export async function digestOf(text: string): Promise<string> {
  return hexOf(await sha256(text));
}

/** 256 random bits as base64url, 43 characters. */
export function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
