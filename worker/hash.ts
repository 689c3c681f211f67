/** SHA-256 of bytes, or of a text in UTF-8. */
export async function sha256(content: string | ArrayBuffer): Promise<Uint8Array> {
  const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** Bytes as hexadecimal digits, in lower case. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
