/**
 * The team's own address, `/cdn-cgi/access` at the loopback's root: its public keys, and a log-in page that believes the
 * e-mail address that is typed. A real team asks an identity provider there.
 */
import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import type { World } from "../core/world.ts";
import { mayPass, policiesOf } from "./rules.ts";
import { secondsOf } from "./state.ts";
import type { TeamKeys } from "./teamKeys.ts";

/** Where Access answers, on the team's address and on each protected host. */
export const accessPath = "/cdn-cgi/access";

/** How long a session lasts where the application does not say. */
export const standardSession = "24h";

const wantedSchema = z.object({ kid: z.string(), redirect_url: z.string().startsWith("/") });
const formSchema = wantedSchema.extend({ email: z.email() });

/** Session tokens that wait to be fetched by the browser on the protected host, each once. */
export class LogIns {
  readonly #waiting = new Map<string, string>();

  /** Keeps a token; the code fetches it. */
  put(token: string): string {
    const code = randomBytes(24).toString("base64url");
    this.#waiting.set(code, token);
    return code;
  }

  /** The token of a code, which is used up by it. */
  take(code: string): string | undefined {
    const token = this.#waiting.get(code);
    this.#waiting.delete(code);
    return token;
  }
}

/** Routes of the team's address. */
export function createTeam(world: World, keys: TeamKeys, logIns: LogIns): Hono {
  const app = new Hono().basePath(accessPath);
  app.get("/certs", async (c) => c.json(await keys.jwks()));
  app.get("/login/:host", (c) => {
    const wanted = wantedSchema.safeParse(c.req.query());
    if (!wanted.success) return c.text("This address is where Access sends a browser; it was not sent.\n", 400);
    return c.html(page(c.req.param("host"), wanted.data));
  });
  app.post("/login/:host", async (c) => {
    const form = formSchema.safeParse(await c.req.parseBody());
    if (!form.success) return c.text("That is not an e-mail address.\n", 400);
    const { kid, redirect_url, email } = form.data;
    const application = world.access.applications.all().find(({ aud }) => aud === kid);
    if (application === undefined) return c.text("There is no such application.\n", 404);
    if (
      !mayPass(
        policiesOf(application, (id) => world.access.policies.get(id)),
        { email },
      )
    )
      return c.text("That account does not have access.\n", 403);
    const seconds = secondsOf(application.session_duration ?? standardSession);
    const code = logIns.put(await keys.sign({ email, sub: email }, kid, seconds));
    const query = new URLSearchParams({ code, redirect_url });
    return c.redirect(`http://${c.req.param("host")}${accessPath}/authorized?${query}`);
  });
  app.notFound((c) => c.text("Access has no such page.\n", 404));
  return app;
}

function page(host: string, { kid, redirect_url }: z.infer<typeof wantedSchema>) {
  return html`<!doctype html>
    <title>Log in to ${host}</title>
    <h1>Log in to ${host}</h1>
    <p>This is the loopback Cloudflare's Access. It believes the address that you type.</p>
    <form method="post">
      <input type="hidden" name="kid" value="${kid}" /><input type="hidden" name="redirect_url" value="${redirect_url}" />
      <label>E-mail <input type="email" name="email" autofocus required /></label> <button>Log in</button>
    </form> `;
}
