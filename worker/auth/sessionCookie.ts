/** The cookie of an operator's session: its id, signed, so that a made-up one never reaches the Agent. */
import type { Context } from "hono";
import { deleteCookie, getCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import type { App } from "../routes/context.ts";
import { generatedSecret, validValues } from "../secrets.ts";

/** Hours that a session lives. */
export const sessionHours = 12;

const name = "talaria-session";
/** The session's key signs the credentials of snapshots, too: none of them is an id. */
const idForm = /^[\w-]{43}$/;

/** The id in a request's cookie; undefined where there is none, or none that is signed. @throws BotError `notConfigured` */
export async function sessionId(c: Context<App>): Promise<string | undefined> {
  const { prefix } = formOf(c);
  if (getCookie(c, name, prefix) === undefined) return undefined;
  for (const key of validValues(generatedSecret(c.env, "sessionKey"), new Date())) {
    const id = await getSignedCookie(c, key, name, prefix);
    if (typeof id === "string" && idForm.test(id)) return id;
  }
  return undefined;
}

/** Gives the browser a session. @throws BotError `notConfigured` */
export async function giveSession(c: Context<App>, id: string): Promise<void> {
  const { current } = generatedSecret(c.env, "sessionKey");
  await setSignedCookie(c, name, id, current, { ...formOf(c), ...flags, maxAge: sessionHours * 3_600 });
}

/** Has the browser forget it. */
export function takeSession(c: Context<App>): void {
  deleteCookie(c, name, { ...formOf(c), ...flags });
}

const flags = { path: "/", httpOnly: true, sameSite: "Strict" } as const;

/** `__Host-` wants https. Plain http is the loopback's, on which `requireSecure` of the log-in lets nobody else in. */
function formOf(c: Context<App>): { prefix?: "host"; secure: boolean } {
  return new URL(c.req.url).protocol === "https:" ? { prefix: "host", secure: true } : { secure: false };
}
