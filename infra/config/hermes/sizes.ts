/** What fits into a deploy. The declaration travels as one text module of the Worker, which takes a megabyte. */

/** Bytes, each at most. */
export const limits = {
  document: 256_000,
  /** Skills and plugins together. */
  folders: 700_000,
  /** Everything that a stack declares at will, as it travels; what Talaria adds to it fits beside. */
  declared: 960_000,
} as const;

/** A part of what travels. */
export interface Part {
  /** Its key, such as `skills.review`. */
  readonly key: string;
  readonly bytes: number;
}

/** Which parts are the largest, in words. */
export function largest(parts: readonly Part[], most = 3): string {
  const sorted = [...parts].sort((a, b) => b.bytes - a.bytes).slice(0, most);
  return `The largest: ${sorted.map(({ key, bytes }) => `${key} ${inKilobytes(bytes)}`).join(", ")}.`;
}

/** Kilobytes of a thousand bytes. */
export function inKilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}

/** Bytes of a value as it travels. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}
