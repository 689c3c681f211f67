/** Amounts and times in words, as the console writes them. */

const units = ["kB", "MB", "GB", "TB"] as const;

/** 850 B, 4.2 kB, 12.0 MB: powers of a thousand; a dash when nobody knows. */
export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** 850 ms, 4.2 s, 3 min 20 s, 5 h 12 min, 3 days. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? both(hours, "h", minutes % 60, "min") : `${Math.round(hours / 24)} days`;
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number} ${number === 1 ? noun : plural}`;
}

/** The first digits of a snapshot's id. */
export const short = (id: string): string => id.slice(0, 8);

/** A session's name, which may be long and says little beyond its begin. */
export const sessionShort = (name: string): string => (name.length > 14 ? `${name.slice(0, 12)}…` : name);

/** The end of an image's reference, which tells versions apart. */
export function imageTail(reference: string): string {
  const tail = reference.split("/").at(-1) ?? reference;
  return tail.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1…");
}

function both(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
