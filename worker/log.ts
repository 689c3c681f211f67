/** Structured logs: one JSON object a line, secrets masked by value wherever they stand. */

import { secretPrefixes } from "./bindings.ts";
import { tally } from "./usage/tally.ts";

export type LogLevel = "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;
export type Log = (level: LogLevel, text: string, fields?: LogFields) => void;

/** Shorter values are too common to be masked without hiding half of a line. */
const shortestSecret = 8;

/** What a secret of a bot looks like, also of another one, or a client token, whose value the Worker does not keep. */
const secretForm = new RegExp(`(${Object.values(secretPrefixes).join("|")})[\\w-]{43}`, "g");

/** Replaces every occurrence of a secret, also URL-encoded or in base64, by `[secret]`; and what looks like one of a bot. */
export function masker(secrets: readonly (string | undefined)[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (!secret || secret.length < shortestSecret) continue;
    for (const form of [secret, encodeURIComponent(secret), base64(secret)]) forms.add(form);
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) =>
    longestFirst.reduce((masked, form) => masked.replaceAll(form, "[secret]"), text).replace(secretForm, "[secret]");
}

/** A log that writes to the console, masked. */
export function consoleLog(mask: (text: string) => string, base: LogFields = {}): Log {
  return (level, text, fields = {}) => {
    tally.add("logEvents");
    const line = mask(JSON.stringify({ level, text, ...base, ...fields }));
    if (level === "error") console.error(line);
    else if (level === "warn") console.warn(line);
    else console.log(line);
  };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
