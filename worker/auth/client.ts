/** What proves a client of /v1: the stack's token, or one that an operator has named. */
import type { Context } from "hono";
import { agentOf } from "../agent/call.ts";
import { secretPrefixes } from "../bindings.ts";
import { BotError } from "../errors.ts";
import type { App } from "../routes/context.ts";
import { generatedSecret } from "../secrets.ts";
import type { Caller } from "./caller.ts";
import { digestOf, randomText } from "./digest.ts";
import { bearerToken, opens, opensOther } from "./token.ts";

/** The name of the token that the stack makes. */
export const stackTokenName = "stack";

const prefix = secretPrefixes.clientToken;
/** What a token looks like; nothing else is asked about. */
const tokenForm = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`);

/** A new client token. */
export const newClientToken = () => prefix + randomText();

/** The client that asks. @throws BotError for everyone else */
export async function clientOf(c: Context<App>): Promise<Caller & { kind: "client" }> {
  generatedSecret(c.env, "clientToken"); // without it the door is shut, to named tokens too
  const token = bearerToken(c.req.raw);
  if (token === undefined) throw new BotError("tokenMissing");
  if (await opens(c.env, "clientToken", token)) return { kind: "client", name: stackTokenName };
  if (await opensOther(c.env, "adminToken", token))
    throw new BotError("wrongDoor", { given: "admin", wanted: "client" });
  const known = tokenForm.test(token) ? await agentOf(c.env).clientToken(await digestOf(token)) : null;
  if (known === null) throw new BotError("tokenRefused");
  if ("expired" in known) throw new BotError("tokenExpired", { name: known.expired });
  return { kind: "client", name: known.name };
}
