import { BotError } from "../errors.ts";
import type { ImportBegun, ImportTerms } from "../snapshots/importOrder.ts";
import type { Memory } from "../snapshots/memory.ts";
import type { Rest } from "./rest.ts";
import type { Rollback } from "./rollback.ts";

export interface ImportingParts {
  readonly memory: Pick<Memory, "holds" | "care">;
  readonly rest: Pick<Rest, "stop">;
  readonly rollback: Pick<Rollback, "underWay">;
}

/** An operator's word on an import; no `mode` is enough for a bot that has nothing yet. */
export interface ImportOrdered extends Pick<ImportTerms, "force"> {
  readonly mode?: ImportTerms["mode"] | undefined;
}

/**
 * Begins an operator's `import`: the bot stops and is saved first, so that what the import is laid over, or held against, is
 * all that it knows. It stays stopped until a restore of what was made, a wake or a chat.
 * @throws BotError `runUnderWay`, `importMode`, `importStrange`, `unsaved`, `careNotStarted`
 */
export async function beginImport(parts: ImportingParts, { mode, force }: ImportOrdered): Promise<ImportBegun> {
  const { memory, rest, rollback } = parts;
  const run = rollback.underWay ?? memory.care.current?.run;
  if (run !== undefined) throw new BotError("runUnderWay", { run });
  const held = await memory.holds();
  if (held === "strange") throw new BotError("importStrange");
  if (mode === undefined && held === "memory") throw new BotError("importMode");
  await rest.stop("stopped", "an operator's import", { reason: "restore", unsaved: "refuse" });
  return memory.care.import({ mode: mode ?? "replace", force });
}
