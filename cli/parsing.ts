/** What commands of the program have in common: their action, and values of options. */

import { type Command, InvalidArgumentError } from "commander";
import { type Context, contextOf, type GlobalOptions } from "./context.ts";
import { secondsIn } from "./times.ts";

/** A command's action: what it does with the bot that is meant. */
export function run(act: (context: Context, command: Command) => Promise<void>) {
  return async function (this: Command): Promise<void> {
    await act(contextOf(this.optsWithGlobals<GlobalOptions>()), this);
  };
}

/** A length of time, such as 90d, as seconds. */
export function span(text: string): number {
  const seconds = secondsIn(text);
  if (seconds === undefined) throw new InvalidArgumentError("It is a number with s, m, h, d or w, such as 90d.");
  return seconds;
}

/** The same, or never. */
export function spanOrNever(text: string): number | "never" {
  if (text === "never") return text;
  const seconds = secondsIn(text);
  if (seconds === undefined)
    throw new InvalidArgumentError("It is a number with s, m, h, d or w, such as 30m, or never.");
  return seconds;
}

/** A whole number within bounds. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

/** A number within bounds. */
export function amount(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
  };
}

/** A month, such as 2026-11. */
export function month(text: string): string {
  if (/^20\d\d-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError("It is a month such as 2026-11.");
}
