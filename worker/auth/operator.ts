/** What proves an operator: Cloudflare Access, the admin token, or a session that was begun with it. */
import type { Context } from "hono";
import { agentOf } from "../agent/call.ts";
import { declaration } from "../declaration.ts";
import { BotError } from "../errors.ts";
import type { App } from "../routes/context.ts";
import { generatedSecret, validValues } from "../secrets.ts";
import { accessCaller, assertionHeader } from "./access.ts";
import type { Caller } from "./caller.ts";
import { digestOf } from "./digest.ts";
import { requireOwnPage } from "./origin.ts";
import { sessionId } from "./sessionCookie.ts";
import { bearerToken, opens, opensOther } from "./token.ts";

type Operator = Caller & { readonly kind: "operator" };
/** Undefined where a request brings nothing of the kind. @throws BotError where what it brings is not right */
type Proof = (c: Context<App>) => Promise<Operator | undefined>;

/** The operator who asks: the first proof that holds decides. @throws BotError the first refusal, where none does */
export async function operatorOf(c: Context<App>): Promise<Operator> {
  const refusals: BotError[] = [];
  for (const proof of [byAccess, byToken, bySession]) {
    try {
      const operator = await proof(c);
      if (operator) return operator;
    } catch (error) {
      if (!(error instanceof BotError)) throw error;
      refusals.push(error);
    }
  }
  if (refusals[0]) throw refusals[0];
  if (declaration.access === undefined) generatedSecret(c.env, "adminToken");
  throw new BotError("tokenMissing");
}

const byAccess: Proof = async (c) => {
  const assertion = c.req.header(assertionHeader);
  if (assertion === undefined || declaration.access === undefined) return undefined;
  const operator = await accessCaller(assertion, declaration.access);
  requireOwnPage(c.req.raw, { mayLackOrigin: true });
  return operator;
};

const byToken: Proof = async (c) => {
  const token = bearerToken(c.req.raw);
  if (token === undefined) return undefined;
  if (await opens(c.env, "adminToken", token)) return { kind: "operator", by: "token", name: "adminToken" };
  if (await opensOther(c.env, "clientToken", token))
    throw new BotError("wrongDoor", { given: "client", wanted: "admin" });
  throw new BotError("tokenRefused");
};

const bySession: Proof = async (c) => {
  const id = await sessionId(c);
  if (id === undefined) return undefined;
  requireOwnPage(c.req.raw, { mayLackOrigin: false });
  const session = await agentOf(c.env).session(await digestOf(id));
  if (session === null || !(await adminDigests(c.env)).includes(session.proof)) throw new BotError("sessionOver");
  return { kind: "operator", by: "session", name: session.name };
};

/** A session is valid for as long as the token that it was begun with. */
async function adminDigests(env: App["Bindings"]): Promise<string[]> {
  return Promise.all(validValues(generatedSecret(env, "adminToken"), new Date()).map(digestOf));
}
