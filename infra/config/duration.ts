const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a duration such as "90s", "30m", "4h" or "2d"; null for "never"; undefined when it is neither. */
export function parseDuration(text: string): number | null | undefined {
  if (text === "never") return null;
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  if (match === null) return undefined;
  const [, amount, unit] = match;
  return Number(amount) * seconds[unit as keyof typeof seconds];
}
