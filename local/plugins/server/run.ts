/** Starts a plugin as the engine expects: `pulumi-resource-x <engine address>`, the port on stdout, until stdin closes. */
import type { Provider } from "./provider.ts";
import { serve } from "./serve.ts";

/** Runs a provider as this process. */
export async function runPlugin(provider: Provider): Promise<void> {
  const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const serving = await serve(provider, engine);
  const end = async () => {
    await serving.close();
    process.exit(0);
  };
  // The engine starts a plugin in a process group of its own and ends it by SIGINT, after `cancel`.
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  // The engine holds the other end: it closes when the engine dies, however it dies.
  process.stdin.on("end", end).resume();
  process.stdout.write(`${serving.port}\n`);
}
