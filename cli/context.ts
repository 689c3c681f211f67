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
  /** The stack that was named. */
  readonly stack: string | undefined;
  /** Finds the target, then gives the client that speaks to it. */
  readonly client: () => Promise<Client>;
}

/** Makes the context of one run. */
export function contextOf(options: GlobalOptions): Context {
  const output = new Output(options.json === true);
  const { stack } = options;
  return { output, stack, client: async () => new Client(await findTarget(stack, process.env, output)) };
}
