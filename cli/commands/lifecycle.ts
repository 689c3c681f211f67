/** `talaria wake` and `talaria stop`. */
import { stopSchema, wakeSchema } from "../api.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { duration } from "../times.ts";

/** Wakes the bot and returns when it is ready. */
export async function wake({ output, client }: Context): Promise<void> {
  const bot = await client();
  const { value, raw, ms } = await timed(output, "waking the bot", () =>
    bot.api({ method: "POST", path: "/api/wake" }, wakeSchema),
  );
  const how = value.ms === 0 ? "already" : `after ${duration(value.ms ?? ms)}`;
  output.result(raw, () => `${value.state} ${how}${value.cause ? ` (${value.cause})` : ""}`);
}

/** Stops the bot on purpose: it stays down until a chat or a wake. */
export async function stop({ output, client }: Context): Promise<void> {
  const bot = await client();
  const { value, raw, ms } = await timed(output, "stopping the bot", () =>
    bot.api({ method: "POST", path: "/api/stop" }, stopSchema),
  );
  output.result(raw, () => {
    const lost = value.unsaved ? `\nNOT SAVED: the last changes are lost: ${value.unsaved}` : "";
    return `${value.state} after ${duration(value.ms ?? ms)}; a chat or \`./talaria wake\` starts it again${lost}`;
  });
}

/** Shows on a terminal how long it lasts. */
async function timed<T extends object>(
  output: Output,
  what: string,
  act: () => Promise<T>,
): Promise<T & { ms: number }> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const ticker = setInterval(() => output.waiting(`${what} … ${Math.round(elapsed() / 1000)} s`), 1000);
  try {
    return { ...(await act()), ms: elapsed() };
  } finally {
    clearInterval(ticker);
    output.endWaiting();
  }
}
