/** `talaria wake`, `talaria stop` and `talaria restart`. */
import { restartSchema, stopSchema, wakeSchema } from "../api.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { duration } from "../times.ts";

/** Options of `restart`. */
export interface RestartOptions {
  /** The gateway alone: container and disk stay. */
  readonly gateway?: boolean;
  /** Goes on where the memory cannot be saved. */
  readonly force?: boolean;
}

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
    const again = "a chat or `./talaria wake` starts it again";
    return `${value.state} after ${duration(value.ms ?? ms)}; ${again}${lost(value.unsaved)}`;
  });
}

/** Gives the bot a new container with its memory, or a new gateway in the container that it has; returns when it is ready. */
export async function restart({ output, client }: Context, { gateway, force }: RestartOptions): Promise<void> {
  const bot = await client();
  const call = gateway
    ? ({ method: "POST", path: "/api/restart-gateway" } as const)
    : ({ method: "POST", path: "/api/restart", body: { force: force === true } } as const);
  const { value, raw, ms } = await timed(output, "restarting", () => bot.api(call, restartSchema));
  output.result(raw, () => {
    const took = `after ${duration(value.ms ?? ms)}`;
    if (value.did === "started") return `${value.state} ${took}: the bot was down, it is started`;
    const what = gateway ? "a new gateway in the same container" : "a new container, the memory restored";
    return `${value.state} ${took}: ${what}${lost(value.unsaved)}`;
  });
}

function lost(unsaved: string | null | undefined): string {
  return unsaved ? `\nNOT SAVED: the last changes are lost: ${unsaved}` : "";
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
