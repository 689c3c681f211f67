/** The faults that a message can ask for. One line `FAULT <word> [seconds] [once]` in the last user message. */

/** Fault words and what they do; the README shows this table. */
export const faults = {
  slow: "waits before the first token (default 5 seconds)",
  drip: "spreads a streamed answer over the time (default 5 seconds)",
  "429": "rate limit, with `Retry-After: 1`",
  "500": "server error",
  cut: "breaks the connection half-way through the answer",
  "refused-key": "401, as for a wrong API key",
  "no-credit": "402; on /v1/messages Anthropic's 400 about the credit balance",
  empty: "200 without any text and without completion tokens",
  "no-usage": "answers, and says nothing of tokens",
  "wrong-usage": "answers, and reports fewer tokens than none",
  "unknown-model": "404, as for a model that does not exist",
} as const satisfies Record<string, string>;

/** One word of {@link faults}. */
export type FaultWord = keyof typeof faults;

/** A fault as asked for. */
export interface Fault {
  readonly word: FaultWord;
  /** For `slow` and `drip`; at most {@link longestWait}. */
  readonly seconds: number;
  /** Only the first request with this message fails; the next one is answered. */
  readonly once: boolean;
}

/** No request waits longer than this, in seconds. */
export const longestWait = 600;

const line = /^FAULT +([a-z0-9-]+)(?: +(\d+(?:\.\d+)?))?( +once)? *$/m;

/** Finds the fault that a message asks for. A word that is not in the table is no fault: the model echoes it. */
export function faultIn(text: string): Fault | undefined {
  const [, word, seconds, once] = line.exec(text) ?? [];
  if (word === undefined || !isFaultWord(word)) return undefined;
  return {
    word,
    seconds: Math.min(seconds === undefined ? 5 : Number(seconds), longestWait),
    once: once !== undefined,
  };
}

function isFaultWord(word: string): word is FaultWord {
  return Object.hasOwn(faults, word);
}
