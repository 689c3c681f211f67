import type { Gap, Reading } from "../usage/reading.ts";
import { type SpendBinding, spendOf } from "./call.ts";

/** Tells the book what was used. Whoever could not reach it tells more the next time. */
export async function tellUsage(env: SpendBinding, reading: Reading): Promise<void> {
  await spendOf(env).used(reading);
}

/** Tells the book that nobody used the bot for a while. */
export async function tellIdle(env: SpendBinding, gap: Gap): Promise<void> {
  await spendOf(env).idled(gap);
}
