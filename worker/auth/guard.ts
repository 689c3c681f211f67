/** The two doors. What a route asks for before anything else: one of these, or nothing, if it is open to anyone. */
import type { Context, MiddlewareHandler } from "hono";
import type { GeneratedSecret } from "../bindings.ts";
import type { App } from "../routes/context.ts";
import { generatedSecret, knownSecret } from "../secrets.ts";
import type { Caller } from "./caller.ts";
import { requireToken } from "./token.ts";

/** Lets an operator in and says who it is as `caller`. @throws BotError for all others, and where the door's secret is not configured (I10) */
export const operatorOnly: MiddlewareHandler<App> = async (c, next) => {
  await requireSecret(c, "adminToken", "clientToken");
  c.set("caller", { kind: "operator", by: "token", name: "adminToken" } satisfies Caller);
  await next();
};

/** Lets a client of /v1 in and says which one as `caller`. @throws BotError for all others, and where the door's secret is not configured (I10) */
export const clientOnly: MiddlewareHandler<App> = async (c, next) => {
  await requireSecret(c, "clientToken", "adminToken");
  c.set("caller", { kind: "client", name: "stack" } satisfies Caller);
  await next();
};

const names = { adminToken: "admin", clientToken: "client" } as const;

async function requireSecret(c: Context<App>, wanted: Door, other: Door): Promise<void> {
  await requireToken(
    c.req.raw,
    { name: names[wanted], secret: generatedSecret(c.env, wanted) },
    { name: names[other], secret: knownSecret(c.env, other) },
    new Date(),
  );
}

type Door = Extract<GeneratedSecret, "adminToken" | "clientToken">;
