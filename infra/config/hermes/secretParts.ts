/** Secret JSON in parts that a Worker's secrets take. */

/** The bindings `<binding>_1`, `<binding>_2`, …, each of at most so many bytes. */
interface Parts {
  readonly binding: string;
  readonly partBytes: number;
}

/** Binding → its part, in order; none for an object without names. */
export function partsOf(
  value: Readonly<Record<string, unknown>>,
  { binding, partBytes }: Parts,
): Record<string, string> {
  if (Object.keys(value).length === 0) return {};
  const text = asciiJson(value);
  const count = Math.ceil(text.length / partBytes);
  const part = (at: number) => text.slice(at * partBytes, (at + 1) * partBytes);
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`${binding}_${at + 1}`, part(at)]));
}

/** JSON with its names sorted, of which a byte is a character, so that it can be cut anywhere. */
export function asciiJson(value: Readonly<Record<string, unknown>>): string {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
