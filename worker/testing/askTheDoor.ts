/** Asks the front door of a bot whose Agent and Exec are the test Worker's. */
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { app } from "../app.ts";
import { declaration } from "../declaration.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { Env } from "../env.ts";

/** Address of the bot. */
export const origin = "https://bot.example";
export const adminToken = "admin-token-0123456789";
export const stackToken = "client-token-0123456789";

const secret = (current: string) => JSON.stringify({ current });
/** What the stack binds. */
export const secrets = {
  ADMIN_TOKEN: secret(adminToken),
  CLIENT_TOKEN: secret(stackToken),
  SESSION_KEY: secret("session-key-0123456789"),
};

export interface Asked extends RequestInit {
  readonly token?: string | undefined;
  /** In place of {@link secrets}, or of the test Worker's objects. */
  readonly bindings?: object | undefined;
}

/** One request; a path, or a whole address. Refusals are slowed only where a test binds the limit. */
export async function ask(path: string, { token, bindings = secrets, ...init }: Asked = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const request = new Request(new URL(path, origin), { redirect: "manual", ...init, headers });
  return app.fetch(request, { ...(env as Env), REFUSALS: undefined, ...bindings } as Env);
}

/** The code of an error, in either form. */
export async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: { code: string } }).error.code;
}

/** Another declaration, for the running test. */
export function declare(changes: Partial<Declaration>): void {
  const before = { ...declaration };
  Object.assign(declaration, changes);
  onTestFinished(() => {
    for (const key of Object.keys(changes)) Reflect.deleteProperty(declaration, key);
    Object.assign(declaration, before);
  });
}

/** Logs in as a browser does and answers with its cookie, `name=value`. */
export async function loggedIn(at = origin, asked: Asked = {}): Promise<string> {
  const body = new URLSearchParams({ token: adminToken });
  const answer = await ask(`${at}/login`, { method: "POST", body, ...asked, headers: { origin: at } });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (answer.status !== 303 || cookie === undefined) throw new Error(`no log-in: ${answer.status}`);
  return cookie;
}
