/** `talaria start-fresh`: gives the bot an empty memory. What it knew is saved first, and comes back by `restore`. */
import { statusSchema } from "../api.ts";
import { asked, canAsk } from "../asking.ts";
import type { Context } from "../context.ts";
import { short } from "../describing.ts";
import { CliError } from "../problems.ts";
import { restored } from "../restoring.ts";
import { duration } from "../times.ts";

/** Options of `start-fresh`. */
export interface StartFreshOptions {
  /** The bot's name, for scripts. */
  readonly name?: string;
  /** Goes on where what is cannot be saved. */
  readonly force?: boolean;
}

/** Starts the bot with an empty memory, once its name was typed. */
export async function startFresh({ output, client }: Context, options: StartFreshOptions): Promise<void> {
  const bot = await client();
  const { value: status } = await bot.api({ method: "GET", path: "/api/status" }, statusSchema);
  const name = options.name ?? (await typed(status.bot));
  if (name !== status.bot) throw new CliError("otherBot", { given: name, bot: status.bot });
  const body = { bot: name, force: options.force ?? false };
  const call = { method: "POST", path: "/api/start-fresh", body } as const;
  const { run, result, ms } = await restored(bot, output, "starting with an empty memory", call, "notFresh");
  const { before, unsaved } = result;
  output.result(run, () =>
    [
      `${name} has started with an empty memory (${duration(ms)})`,
      ...(unsaved ? [`lost: the last changes could not be saved: ${unsaved}`] : []),
      before?.id
        ? `All that was saved is still there. Back: ./talaria restore ${short(before.id)}`
        : "Nothing had been saved before.",
    ].join("\n"),
  );
}

async function typed(bot: string): Promise<string> {
  if (!canAsk()) throw new CliError("sayName", { bot });
  return await asked(`The bot stops, its memory is saved, then it starts and knows nothing.\nType its name, ${bot}: `);
}
