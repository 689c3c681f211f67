/** `node local/model/index.ts [--port N] [--api-key KEY] [--ledger FILE]` runs the canned model alone. */
import { parseArgs } from "node:util";
import { type ModelOptions, startModel } from "./server.ts";

export type { LedgerEntry } from "./ledger.ts";
export { type ModelOptions, type RunningModel, startModel } from "./server.ts";

if (import.meta.main) await main();

async function main(): Promise<void> {
  try {
    const model = await startModel(optionsOf(process.argv.slice(2)));
    console.log(`Canned model: ${model.url}/v1 (OpenAI), ${model.url} (Anthropic). Ctrl-C ends it.`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void model.close());
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function optionsOf(args: string[]): ModelOptions {
  const { values } = parseArgs({
    args,
    options: { port: { type: "string" }, "api-key": { type: "string" }, ledger: { type: "string" } },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new Error(`--port ${values.port} is not a port (0 to 65535).`);
  }
  return {
    ...(port === undefined ? {} : { port }),
    ...(values["api-key"] === undefined ? {} : { apiKey: values["api-key"] }),
    ...(values.ledger === undefined ? {} : { ledgerFile: values.ledger }),
  };
}
