/**
 * Takes the kept prices anew: `node worker/spend/refreshModelPrices.ts [file or URL]`. The source is LiteLLM's public table (MIT licence), which its
 * community keeps; only the models of vendors that a bot can be given are kept, with the prices of text. One that speaks is left out: it reports
 * tokens, and not which of them cost many times as much.
 */
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { dayOf } from "../days.ts";
import { type ModelPrice, nanosPerDollar } from "./modelPrice.ts";

const source = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json";

/** The table's vendor → OpenRouter's name of it. */
const vendors: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  openai: "openai",
  gemini: "google",
  xai: "x-ai",
  deepseek: "deepseek",
  mistral: "mistralai",
  moonshot: "moonshotai",
  zai: "z-ai",
  minimax: "minimax",
};

const entrySchema = z.looseObject({
  litellm_provider: z.string().optional(),
  mode: z.string().optional(),
  max_output_tokens: z.coerce.number().optional(),
  output_cost_per_audio_token: z.number().optional(),
});
type Entry = z.infer<typeof entrySchema>;

/** Prices in nano-dollars a token, by `vendor/model`, in the order of names. */
export function pricesFrom(table: unknown): Record<string, ModelPrice> {
  const entries = Object.entries(z.record(z.string(), z.unknown()).parse(table));
  const found = entries.flatMap(([name, value]) => {
    const parsed = entrySchema.safeParse(value);
    const vendor = vendors[parsed.data?.litellm_provider ?? ""];
    if (!parsed.success || vendor === undefined || !["chat", "responses"].includes(parsed.data.mode ?? "")) return [];
    const price = priceIn(parsed.data);
    return price === undefined ? [] : [[`${vendor}/${name.split("/").at(-1)}`, price] as const];
  });
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function priceIn(entry: Entry): ModelPrice | undefined {
  const base = ratesIn(entry, "");
  if (base === undefined || entry.output_cost_per_audio_token !== undefined) return undefined;
  const above = Object.keys(entry).flatMap((key) => /^input_cost_per_token_above_(\d+)k_tokens$/.exec(key)?.[1] ?? []);
  const [least] = above.map(Number).toSorted((a, b) => a - b);
  const long = least === undefined ? undefined : ratesIn(entry, `_above_${least}k_tokens`);
  const priority = ratesIn(entry, "_priority");
  return {
    ...base,
    ...(entry.max_output_tokens && { maxOutput: entry.max_output_tokens }),
    ...(long && least !== undefined && { long: { above: least * 1000, ...long } }),
    ...(priority && { priority }),
  };
}

function ratesIn(entry: Entry, suffix: string) {
  const nanos = (key: string) => {
    const dollars = entry[`${key}${suffix}`];
    return typeof dollars === "number" ? Number((dollars * nanosPerDollar).toPrecision(6)) : undefined;
  };
  const [input, output] = [nanos("input_cost_per_token"), nanos("output_cost_per_token")];
  if (input === undefined || output === undefined) return undefined;
  const more = {
    cacheRead: nanos("cache_read_input_token_cost"),
    cacheWrite: nanos("cache_creation_input_token_cost"),
    cacheWriteHour: nanos("cache_creation_input_token_cost_above_1hr"),
  };
  const known = Object.entries(more).filter(([, value]) => value !== undefined);
  return { input, output, ...(Object.fromEntries(known) as { [K in keyof typeof more]?: number }) };
}

if (import.meta.main) {
  const from = process.argv[2] ?? source;
  const text = /^https?:/.test(from) ? await textAt(from) : fs.readFileSync(from, "utf8");
  const models = pricesFrom(JSON.parse(text));
  const count = Object.keys(models).length;
  if (count < 50) throw new Error(`Only ${count} models with prices in ${from}: its form may have changed.`);
  const table = { asOf: dayOf(Date.now()), source, models };
  fs.writeFileSync(
    fileURLToPath(new URL("modelPrices.json", import.meta.url).href),
    `${JSON.stringify(table, undefined, 1)}\n`,
  );
  console.log(`${count} models, of ${table.asOf}`);
}

async function textAt(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return response.text();
}
