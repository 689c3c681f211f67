import type { MiddlewareHandler } from "hono";
import { BotError } from "../errors.ts";
import { masker } from "../log.ts";
import type { App } from "../routes/context.ts";
import { generatedValues } from "../secrets.ts";

/** Query parameters in which people put tokens. */
const tokenParameters = /^((access|auth|admin|client)_?)?token$|^api_?key$|^key$|^jwt$/i;
/** Refuses a token in the URL of any request: by the parameter's name, by what it looks like, by value. @throws BotError `tokenInUrl` */
export const refuseTokenInUrl: MiddlewareHandler<App> = async (c, next) => {
  const { pathname, search, searchParams } = new URL(c.req.url);
  const isNamed = [...searchParams.keys()].some((name) => tokenParameters.test(name));
  // Not by what a person chose, such as the repository's password: this answer would tell who guesses it right.
  const masked = masker(generatedValues(c.env));
  const written = pathname + search;
  const holdsOne = [written, decoded(written)].some((text) => masked(text) !== text);
  if (isNamed || holdsOne) throw new BotError("tokenInUrl");
  await next();
};

/** Tokens are ASCII; what else is encoded does not matter, nor whether it is so rightly. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
