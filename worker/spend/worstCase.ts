/** The most that a model request can cost, by what it sends and asks for. */
import type { ModelPrice } from "./modelPrice.ts";
import { costOf, noTokens } from "./tokens.ts";

/** Tokens that a picture, a recording or a page counts as at most, whatever its file's size. */
const tokensOfMedia = 12_000;
/** Tokens that a provider adds for roles, tools and its own words. */
const tokensAround = 2_000;
/** Of an answer, where neither the request nor the table says how long it may get. */
const longestAnswer = 128_000;

/** Tokens at most. */
export interface Bounds {
  readonly prompt: number;
  readonly output: number;
}

/**
 * A token stands for one byte of UTF-8 or more, so there are no more tokens than bytes. Base64 of media is counted by the piece.
 * @param text the body as it is sent
 */
export function boundsOf(body: Readonly<Record<string, unknown>>, text: string, price: ModelPrice): Bounds {
  const prompt = (mayHoldMedia.test(text) ? tokensWithMedia(body) : bytesOf(text)) + tokensAround;
  const asked = [body.max_completion_tokens, body.max_output_tokens, body.max_tokens].find(
    (value) => typeof value === "number" && value > 0,
  );
  const copies = typeof body.n === "number" && body.n > 1 ? body.n : 1;
  const output = typeof asked === "number" ? asked : (price.maxOutput ?? longestAnswer);
  return { prompt, output: Math.ceil(output * copies) };
}

function tokensWithMedia(body: Readonly<Record<string, unknown>>): number {
  let pieces = 0;
  const text = JSON.stringify(body, (_key, value: unknown) => {
    if (typeof value !== "string" || !isMedia(value)) return value;
    pieces++;
    return "";
  });
  return bytesOf(text) + pieces * tokensOfMedia;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** Nano-dollars. A prompt may be written to the provider's cache, which costs more than reading it once. */
export function worstCase({ prompt, output }: Bounds, price: ModelPrice, isPriority: boolean): number {
  const ways = [
    { ...noTokens, input: prompt, output },
    { ...noTokens, cacheWrite: prompt, output },
    { ...noTokens, cacheWriteHour: prompt, output },
  ];
  const short = { ...price, long: undefined };
  const cases = ways.flatMap((tokens) => [costOf(tokens, price, isPriority), costOf(tokens, short, isPriority)]);
  return Math.max(...cases);
}

/** Of a body as it is sent, so that only one with media is written out again. */
const mayHoldMedia = /"(?:data:|[A-Za-z0-9+/=\\]{4096})/;
const base64 = /^[A-Za-z0-9+/=\r\n]+$/;

function isMedia(value: string): boolean {
  if (value.length < 4_096) return false;
  return value.startsWith("data:") || base64.test(value.slice(0, 4_096));
}
