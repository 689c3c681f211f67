/** How much the bot may spend on models, as declared. */
import * as z from "zod";
import { modelPriceSchema } from "./modelPrice.ts";

/** What money is counted in together. Days and months are UTC's. */
export const scopes = ["day", "month", "session"] as const;
export type Scope = (typeof scopes)[number];

/** What may become of a request to a model of which no price is known: refused, or let through, its dollars uncounted. */
export const unknownPrices = ["refuse", "uncounted"] as const;

/** Of the stack's declaration; amounts in nano-dollars. */
export const spendSchema = z.object({
  caps: z.partialRecord(z.enum(scopes), z.number().int().positive()),
  /** The stack's own prices, by `provider/model`; they win over the kept table. */
  prices: z.record(z.string(), modelPriceSchema),
  unknownPrice: z.enum(unknownPrices),
});
export type SpendPolicy = z.infer<typeof spendSchema>;
