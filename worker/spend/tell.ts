import type { Env } from "../env.ts";
import type { Gap, Reading } from "../usage/reading.ts";
import { spendOf } from "./call.ts";

/** Tells the book what was used. Whoever could not reach it tells more the next time. */
export async function tellUsage(env: Env, reading: Reading): Promise<void> {
  await spendOf(env).used(reading);
}

/** Tells the book that nobody used the bot for a while. */
export async function tellIdle(env: Env, gap: Gap): Promise<void> {
  await spendOf(env).idled(gap);
}
