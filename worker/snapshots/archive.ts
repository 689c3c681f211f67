import type { Env } from "../env.ts";
import { BotError } from "../errors.ts";
import { BoxUnreachable } from "../sandbox/box.ts";
import { sandboxBox } from "../sandbox/sandboxBox.ts";
import { kinds } from "./careBoxes.ts";

/** Where a run of `export` hands out what it made (`container/hermes/talaria_agent/travel`). */
const port = 9119;

/**
 * The archive of a run, as its container writes it. Past the Agent: it may be large, and an upload that resets the Agent does
 * not cut it. Whether it is whole is told by the SHA-256 in the run's result. @throws BotError `archiveAbsent`
 */
export async function archiveOf(env: Env, run: string): Promise<Response> {
  const box = sandboxBox(env.CARE_BOX, () => kinds.export.box);
  const answer = await box.fetch(port, new Request(`http://desk/${run}`)).catch((error: unknown) => {
    if (error instanceof BoxUnreachable) throw new BotError("archiveAbsent", { run });
    throw error;
  });
  if (!answer.ok) throw new BotError("archiveAbsent", { run });
  return new Response(answer.body, { headers: { "content-type": "application/x-tar" } });
}
