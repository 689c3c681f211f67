/** Times in words, for whoever reads sentences. */

/** `40 seconds`, `12 minutes`, `5 hours`, `3 days`. */
export function inWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return count(seconds, "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return count(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 48 ? count(hours, "hour") : count(Math.round(hours / 24), "day");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** A moment, to the minute, in UTC. */
export function moment(at: number): string {
  return utc(new Date(at).toISOString());
}

/** The same of an ISO 8601 time in UTC. What is no such time is told as it is. */
export function utc(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
