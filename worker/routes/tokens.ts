import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { newClientToken, stackTokenName } from "../auth/client.ts";
import { digestOf } from "../auth/digest.ts";
import { BotError } from "../errors.ts";
import { route } from "../openapi/route.ts";
import { outcomeOf } from "../outcome.ts";

/** Seconds: ten years. */
const longestLife = 315_360_000;
/** Seconds: thirty days. */
const longestOverlap = 2_592_000;

const tokenName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, {
  error: "has up to 40 letters, digits, dots, dashes and underscores",
});
const params = z.object({ name: tokenName });

const known = z.object({
  name: z.string(),
  created: z.iso.datetime(),
  expires: z.iso.datetime().nullable().meta({ description: "Null: never." }),
  lastUsed: z.iso.datetime().nullable().meta({ description: "The hour of its last use." }),
  replaced: z.boolean().meta({ description: "A rotation gave its name to a newer one." }),
});
const tokensAnswer = z.object({ tokens: z.array(known.meta({ id: "ClientToken" })) }).meta({ id: "ClientTokens" });
const newTokenAnswer = known
  .extend({ token: z.string().meta({ description: "Its value. It is kept nowhere, so nobody can ask for it again." }) })
  .meta({ id: "NewClientToken" });

const about = { tag: "callers", door: "operator", quiet: true } as const;

/** What the operator does about those who may ask: client tokens of /v1, and sessions in browsers. */
export const tokenRoutes = [
  route(
    {
      ...about,
      method: "get",
      path: "/api/tokens",
      id: "tokens",
      does: "the named tokens of /v1; not the stack's own",
      answer: { what: "All but their values.", json: tokensAnswer },
    },
    async ({ c }) => ({ tokens: await agentOf(c.env).tokens() }),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/tokens",
      id: "addToken",
      does: "makes a token of /v1 and tells its value, this once",
      body: z
        .object({
          name: tokenName,
          expiresSeconds: z
            .number()
            .int()
            .min(1)
            .max(longestLife)
            .nullish()
            .meta({ description: "Until it expires; without it, it does not." }),
        })
        .meta({ id: "TokenOrder" }),
      answer: { status: 201, what: "It is valid from now on.", json: newTokenAnswer },
      problems: ["clientTokenThere", "clientTokenOfStack"],
    },
    async ({ body: { name, expiresSeconds }, c }) => {
      refuseStack(name);
      const token = newClientToken();
      const added = await agentOf(c.env).addToken(name, await digestOf(token), expiresSeconds ?? null);
      return { ...outcomeOf(added), token };
    },
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/tokens/{name}/rotate",
      id: "rotateToken",
      does: "gives a token a new value; the one before stays valid for an overlap",
      params,
      body: z
        .object({
          overlapSeconds: z.number().int().min(0).max(longestOverlap).default(86_400),
        })
        .meta({ id: "TokenRotation" }),
      answer: { what: "It is valid from now on, for as long as the one before was given.", json: newTokenAnswer },
      problems: ["clientTokenUnknown", "clientTokenOfStack"],
    },
    async ({ params: { name }, body: { overlapSeconds }, c }) => {
      refuseStack(name);
      const token = newClientToken();
      const rotated = await agentOf(c.env).rotateToken(name, await digestOf(token), overlapSeconds);
      return { ...outcomeOf(rotated), token };
    },
  ),
  route(
    {
      ...about,
      method: "delete",
      path: "/api/tokens/{name}",
      id: "revokeToken",
      does: "ends a token at once, with what a rotation left of it",
      params,
      answer: {
        what: "It opens nothing any more.",
        json: z
          .object({ name: z.string(), revoked: z.number().meta({ description: "How many values it had." }) })
          .meta({ id: "TokenRevoked" }),
      },
      problems: ["clientTokenUnknown", "clientTokenOfStack"],
    },
    async ({ params: { name }, c }) => {
      refuseStack(name);
      return { name, revoked: outcomeOf(await agentOf(c.env).revokeToken(name)) };
    },
  ),
  route(
    {
      ...about,
      method: "delete",
      path: "/api/sessions",
      id: "endSessions",
      does: "logs every browser out",
      answer: { what: "How many sessions ended.", json: z.object({ ended: z.number() }).meta({ id: "SessionsEnded" }) },
    },
    async ({ c }) => ({ ended: await agentOf(c.env).endSessions() }),
  ),
];

function refuseStack(name: string): void {
  if (name === stackTokenName) throw new BotError("clientTokenOfStack", { name });
}
