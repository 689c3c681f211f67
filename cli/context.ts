/** What every command gets beside its own arguments. */
import { Client } from "./client.ts";
import { Output } from "./output.ts";
import { findTarget } from "./target.ts";

/** The options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly stack?: string;
}

/** Output and target of one run. */
export interface Context {
  readonly output: Output;
  /** Finds the target, then gives the client that speaks to it. */
  readonly client: () => Promise<Client>;
}

/** Makes the context of one run. */
export function contextOf(options: GlobalOptions): Context {
  const output = new Output(options.json === true);
  return { output, client: async () => new Client(await findTarget(options.stack, process.env, output)) };
}
