/** The most that a model request can cost, by what it sends and asks for. */
import type { ModelPrice } from "./modelPrice.ts";
import { costOf, noTokens } from "./tokens.ts";

/** Tokens that a picture or a recording counts as at most, whatever its file's size. */
const tokensOfMedia = 12_000;
/** Tokens that a provider adds for roles, tools and its own words. */
const tokensAround = 2_000;
/** Of an answer, where neither the request nor the table says how long it may get. */
const longestAnswer = 128_000;
/** No model says, or reads, more at once; a request that asks for more is refused, and shall not stand in anybody's way until then. */
const mostTokens = 1_000_000;
/** Answers to one request at most. */
const mostAnswers = 10_000;

/** Tokens at most. */
export interface Bounds {
  readonly prompt: number;
  readonly output: number;
}

/** Of a model request, what its tokens can be told from. */
export interface Sent {
  /** As the proxy is asked: it decides which fields count. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it is sent. */
  readonly text: string;
}

/** A token stands for one byte of UTF-8 or more, so there are no more tokens than bytes. Media are counted by the piece. */
export function boundsOf({ path, body, text }: Sent, price: ModelPrice): Bounds {
  const prompt = (mayHoldMedia.test(text) ? tokensWithMedia(body) : bytesOf(text)) + keptTokens(body) + tokensAround;
  const fields = path.endsWith("/responses") ? ["max_output_tokens"] : ["max_completion_tokens", "max_tokens"];
  const asked = fields
    .map((field) => body[field])
    .filter((value): value is number => typeof value === "number" && value > 0);
  const output = Math.min(asked.length > 0 ? Math.max(...asked) : (price.maxOutput ?? longestAnswer), mostTokens);
  return { prompt, output: Math.ceil(output * answersTo(body)) };
}

/** How many answers are made: to each prompt of several, as many as are asked for, of which some may be kept back. */
function answersTo({ n, best_of, prompt }: Readonly<Record<string, unknown>>): number {
  const copies = [n, best_of].filter((value): value is number => typeof value === "number" && value > 1);
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1;
  return Math.min(Math.max(1, ...copies) * Math.max(1, prompts), mostAnswers);
}

/** A conversation, or a prompt, that the provider has kept from before: nobody here knows how long it is. */
function keptTokens({ previous_response_id, conversation, prompt }: Readonly<Record<string, unknown>>): number {
  const isKept = previous_response_id != null || conversation != null || isObject(prompt);
  return isKept ? mostTokens : 0;
}

/** Parts of a message whose file costs tokens by what it shows or sounds like. */
const pieces: ReadonlySet<unknown> = new Set(["image", "image_url", "input_image", "input_audio"]);
/** Parts whose file has pages, or runs: as a text would, it costs a token for each byte at most. */
const files: ReadonlySet<unknown> = new Set(["document", "file", "input_file", "video_url", "input_video"]);
/** Of a body as it is sent, so that only one with media is written out again. */
const mayHoldMedia = new RegExp(`"type":"(?:${[...pieces, ...files].join("|")})"`);
/** A file that is named, and not sent. */
const elsewhere = /"(?:file_id|file_url)":"|"(?:url|file_data)":"\w+:\/\//;
/** Where such a part, or the one object within it, holds its file. */
const fileFields: ReadonlySet<string> = new Set(["url", "data", "image_url"]);

function tokensWithMedia(body: Readonly<Record<string, unknown>>): number {
  let tokens = 0;
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (key === "" || !isObject(value)) return value;
    if (pieces.has(value.type)) {
      tokens += tokensOfMedia;
      return withoutFile(value);
    }
    if (files.has(value.type)) {
      const part = JSON.stringify(value);
      tokens += elsewhere.test(part) ? mostTokens : Math.max(tokensOfMedia, Math.min(bytesOf(part), mostTokens));
      return "";
    }
    return value;
  });
  return bytesOf(text) + tokens;
}

/** What else stands in such a part counts as any text does: as a text, in which no part is looked for again. */
function withoutFile(part: Readonly<Record<string, unknown>>): string {
  const rest = (of: Readonly<Record<string, unknown>>) =>
    Object.entries(of).filter(([name, value]) => !(fileFields.has(name) && typeof value === "string"));
  return JSON.stringify(rest(part).map(([name, value]) => [name, isObject(value) ? rest(value) : value]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** Nano-dollars. A prompt may be written to the provider's cache, which costs more than reading it once. */
export function worstCase({ prompt, output }: Bounds, price: ModelPrice): number {
  const ways = [
    { ...noTokens, input: prompt, output },
    { ...noTokens, cacheWrite: prompt, output },
    { ...noTokens, cacheWriteHour: prompt, output },
  ];
  const short = { ...price, long: undefined };
  const cases = ways.flatMap((tokens) => [costOf(tokens, price), costOf(tokens, short)]);
  return Math.max(...cases);
}
