import { BotError, reasonOf } from "../errors.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import { type BoxBinding, sandboxBox } from "../sandbox/sandboxBox.ts";
import { kinds } from "./careBoxes.ts";

/** Where a run of `export` hands out what it made, and one of `import` takes what it is sent (`container/hermes/talaria_agent/travel`). */
const port = 9119;

/**
 * The archive of a run, as its container writes it. Past the Agent: it may be large, and an upload that resets the Agent does
 * not cut it. Whether it is whole is told by the SHA-256 in the run's result. @throws BotError `archiveAbsent`
 */
export async function archiveOf(env: BoxBinding<"CareBox">, run: string): Promise<Response> {
  const answer = await boxOf(env, "export")
    .fetch(port, new Request(`http://desk/${run}`))
    .catch((error: unknown) => {
      if (error instanceof BoxUnreachable) throw new BotError("archiveAbsent", { run });
      throw error;
    });
  if (!answer.ok) throw new BotError("archiveAbsent", { run });
  return new Response(answer.body, { headers: { "content-type": "application/x-tar" } });
}

/**
 * Passes an archive on to the run that waits for it, likewise. Answers with the `bytes` and the `sha256` that have arrived.
 * @throws BotError `archiveRefused`
 */
export async function sendArchive(env: BoxBinding<"CareBox">, run: string, { body }: Request): Promise<Response> {
  const answer = await boxOf(env, "import")
    .fetch(port, new Request(`http://import/${run}`, { method: "PUT", body }))
    .catch((error: unknown) => {
      throw new BotError("archiveRefused", { run, reason: reasonOf(error) });
    });
  if (!answer.ok)
    throw new BotError("archiveRefused", { run, reason: refusals[answer.status] ?? `HTTP ${answer.status}` });
  return new Response(answer.body, { headers: { "content-type": "application/json" } });
}

const refusals: Readonly<Record<number, string>> = {
  404: "another one is under way",
  413: "it is too large for its container",
};

function boxOf(env: BoxBinding<"CareBox">, kind: "export" | "import"): Box {
  return sandboxBox(env.CARE_BOX, () => kinds[kind].box);
}
