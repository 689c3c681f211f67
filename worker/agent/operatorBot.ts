import { declaration } from "../declaration.ts";
import { poolOf } from "../exec/poolCall.ts";
import type { Entries } from "../operatorBot/acts.ts";
import { OperatorBot } from "../operatorBot/bot.ts";
import { SeenSignatures } from "../operatorBot/seenSignatures.ts";
import type { AgentEnv, assembled } from "./assembly.ts";

/** An object that is reset in the middle of an errand is woken after so long and goes on. */
const soonMs = 30_000;

/** The operator's bot of an Agent: it acts by the Agent's own entries. */
export function operatorBotOf(
  entries: Entries,
  { ledger, log, mask, inBackground }: ReturnType<typeof assembled>,
  storage: DurableObjectStorage,
  env: AgentEnv,
) {
  const now = () => Date.now();
  /** Leaves an alarm that comes sooner. */
  const goesOn = async () => {
    const at = await storage.getAlarm();
    if (at === null || at > now() + soonMs) await storage.setAlarm(now() + soonMs);
  };
  const bot = new OperatorBot({
    ...{ entries, log, mask, inBackground, now, goesOn },
    bot: declaration.bot,
    allowedUsers: declaration.operatorBot?.allowedUsers ?? [],
    slackApi: declaration.operatorBot?.slackApi,
    token: env.OPERATOR_SLACK_BOT_TOKEN,
    storage: storage.kv,
    running: () => ledger.current.running,
    record: (row) => poolOf(env).record(row),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return {
    bot,
    seen: new SeenSignatures(storage.sql, now),
    /** Called when the next alarm is set: while somebody waits for something, it comes soon. */
    stayAwake: async () => {
      if (bot.waitedFor) await goesOn();
    },
  };
}
