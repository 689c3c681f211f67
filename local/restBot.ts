/** Lets the bot of stack `local` save what it learned before everything ends. */
import { z } from "zod";
import type { Display } from "./display.ts";
import { stateDir } from "./paths.ts";
import { deployedOutputs } from "./stack.ts";
import { runningDaemon } from "./toolchain/daemon.ts";

/** A run under way may finish, the snapshot is small; after this the system ends even so. */
const withinMs = 180_000;

const answerSchema = z.looseObject({ unsaved: z.string().nullish() });

/** Puts the bot to sleep, which saves its memory. Never throws: what is lost is said, and the stop goes on. */
export async function restBot(display: Display): Promise<void> {
  if ((await runningDaemon(stateDir)) === undefined) return;
  const outputs = await deployedOutputs().catch(() => undefined); // nothing deployed yet: no memory either
  if (outputs === undefined) return;
  const unsaved = await drain(outputs).catch((error: unknown) => String(error));
  if (unsaved) display.line(`The bot's last changes are not saved: ${unsaved}`);
}

async function drain({ url, adminToken }: { readonly url: string; readonly adminToken: string }) {
  const headers = { authorization: `Bearer ${adminToken}` };
  const response = await fetch(`${url}/api/drain`, {
    method: "POST",
    headers,
    signal: AbortSignal.timeout(withinMs),
  });
  if (!response.ok) return `${response.status} ${await response.text()}`;
  return answerSchema.parse(await response.json()).unsaved;
}
