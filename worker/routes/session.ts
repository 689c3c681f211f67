import type { Context } from "hono";
import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { digestOf, randomText } from "../auth/digest.ts";
import { requireOwnPage } from "../auth/origin.ts";
import { slowed } from "../auth/refusals.ts";
import { giveSession, sessionHours, sessionId, takeSession } from "../auth/sessionCookie.ts";
import { opens } from "../auth/token.ts";
import { consolePath } from "../console/place.ts";
import { prefixOf } from "../dashboard/place.ts";
import { declaration } from "../declaration.ts";
import { BotError } from "../errors.ts";
import { limitedText } from "../openapi/limitedText.ts";
import { route } from "../openapi/route.ts";
import { generatedSecret } from "../secrets.ts";
import type { App } from "./context.ts";
import { loginPage } from "./loginPage.ts";

/** Bytes of a form; a token and a path are much shorter. */
const longestForm = 20_000;
const nextPath = z.string().optional().meta({ description: "A path of this origin to go on to." });
const loginForm = z.object({ token: z.string().meta({ description: "The admin token." }), next: nextPath });

const about = { tag: "callers", door: "anyone", quiet: true } as const;
const page = { "text/html": z.string() };
const elsewhere = { location: "Where to go on." };

/** Logging in with a browser: the admin token becomes a session. Open to anyone, since these make the credential. */
export const sessionRoutes = [
  route(
    {
      ...about,
      method: "get",
      path: "/login",
      id: "loginForm",
      does: "a form that takes the admin token",
      query: z.object({ next: nextPath }),
      answer: { what: "The form.", contents: page },
      problems: ["plainHttp"],
    },
    ({ query: { next }, c }) => {
      requireSecure(c.req.raw);
      return loginPage(c, { next: ownPath(next, c.req.raw) });
    },
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/login",
      id: "login",
      does: "takes the admin token and gives a session of twelve hours in a cookie",
      passesOn: { "application/x-www-form-urlencoded": loginForm.meta({ id: "LogIn" }) },
      answer: { status: 303, what: "Logged in.", contents: {}, headers: elsewhere },
      problems: [
        ...(["notConfigured", "plainHttp", "badRequest", "bodyTooLarge"] as const),
        ...(["foreignOrigin", "tokenRefused", "tooManyRefusals"] as const),
      ],
    },
    ({ c }) => logIn(c),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/logout",
      id: "logout",
      does: "ends this browser's session; one that is over already is ended as well",
      answer: { status: 303, what: "Logged out.", contents: {}, headers: elsewhere },
      problems: ["notConfigured", "foreignOrigin"],
    },
    async ({ c }) => {
      requireOwnPage(c.req.raw, { mayLackOrigin: false });
      const id = await sessionId(c);
      if (id !== undefined) await agentOf(c.env).endSession(await digestOf(id));
      takeSession(c);
      return c.redirect("/login", 303);
    },
  ),
];

async function logIn(c: Context<App>): Promise<Response> {
  requireSecure(c.req.raw);
  requireOwnPage(c.req.raw, { mayLackOrigin: true });
  generatedSecret(c.env, "sessionKey");
  const { token, next } = await formOf(c.req.raw);
  const path = ownPath(next, c.req.raw);
  if (!(await opens(c.env, "adminToken", token.trim()))) {
    const refusal = await slowed(c, new BotError("tokenRefused"));
    if (!(refusal instanceof BotError) || !wantsPage(c)) throw refusal;
    return loginPage(c, { next: path, refusal });
  }
  const id = randomText();
  const begun = { name: "adminToken", proof: await digestOf(token.trim()) };
  await agentOf(c.env).beginSession(await digestOf(id), begun, sessionHours * 3_600);
  await giveSession(c, id);
  return c.redirect(path, 303);
}

async function formOf({ body }: Request): Promise<z.infer<typeof loginForm>> {
  const fields = new URLSearchParams(body === null ? "" : await limitedText(body, longestForm));
  const form = loginForm.safeParse(Object.fromEntries(fields));
  if (!form.success) throw new BotError("badRequest", { reason: "The form has the admin token as `token`." });
  return form.data;
}

/** A session's cookie is for https; on loopback there is nobody to read it on its way. */
function requireSecure({ url }: Request): void {
  const { protocol, hostname } = new URL(url);
  const isLoopback = /^(127\.[\d.]+|\[::1\]|(.+\.)?localhost)$/.test(hostname);
  if (protocol !== "https:" && !isLoopback) throw new BotError("plainHttp");
}

/** A path of this origin, to go on to; where another one is asked for, the console, or the dashboard at its own hostname. */
function ownPath(next: string | undefined, request: Request): string {
  const here = new URL(request.url);
  const home = prefixOf(request, declaration.dashboard?.hostname) === "" ? "/" : consolePath;
  if (next === undefined || !next.startsWith("/") || !URL.canParse(next, here)) return home;
  const { origin, pathname, search, hash } = new URL(next, here);
  return origin === here.origin ? pathname.replace(/^\/+/, "/") + search + hash : home;
}

function wantsPage(c: Context<App>): boolean {
  return c.req.header("accept")?.includes("text/html") ?? false;
}
