/** The kept prices of models. */
import * as z from "zod";
import { type ModelPrice, modelPriceSchema } from "./modelPrice.ts";
import table from "./modelPrices.json" with { type: "json" };

/** The kept table: prices by `vendor/model`, as OpenRouter names them. */
export const priceTableSchema = z.object({
  /** Day on which it was taken. */
  asOf: z.iso.date(),
  source: z.string(),
  models: z.record(z.string(), modelPriceSchema),
});

const { models, ...kept } = priceTableSchema.parse(table);

/** Where the kept prices are from, and of which day. */
export const priceTable: { readonly asOf: string; readonly source: string } = kept;

/**
 * What a model (`provider/model`) costs: by the stack's own prices, else by the kept table. Undefined where neither knows it.
 * A model that names its day (`…-20260101`, `…-2026-01-01`) costs what the one without does, where only that is known.
 */
export function priceOf(id: string, own: Readonly<Record<string, ModelPrice>>): ModelPrice | undefined {
  if (own[id] !== undefined) return own[id];
  if (id.startsWith("custom/")) return undefined;
  const named = id.startsWith("openrouter/") ? id.slice("openrouter/".length).replace(/:[\w-]+$/, "") : id;
  const plain = normal(named);
  return byName.get(plain) ?? byName.get(plain.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, ""));
}

const byName = new Map(Object.entries(models).map(([name, price]) => [normal(name), price]));

/** OpenRouter writes `claude-sonnet-4.6` where Anthropic writes `claude-sonnet-4-6`. */
function normal(name: string): string {
  return name.toLowerCase().replaceAll(".", "-");
}
