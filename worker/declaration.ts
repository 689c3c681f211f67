// The upload carries the declaration as a text module; the bundler leaves this import alone.
import text from "./declaration.txt";
import { type Declaration, declarationSchema } from "./declarationSchema.ts";

/** What the stack declares about this bot, as uploaded with this version of the Worker. */
export const declaration: Declaration = declarationSchema.parse(JSON.parse(text));
