/** The two doors. What a route asks for before anything else: one of these, or nothing, if it is open to anyone. */
import type { Context, MiddlewareHandler } from "hono";
import type { App } from "../routes/context.ts";
import { recordAct } from "./acts.ts";
import type { Caller } from "./caller.ts";
import { clientOf } from "./client.ts";
import { operatorOf } from "./operator.ts";
import { slowed } from "./refusals.ts";

/** Lets an operator in, says who it is as `caller`, and writes down what it does. @throws BotError for all others, and where the door's secret is not configured (I10) */
export const operatorOnly: MiddlewareHandler<App> = async (c, next) => {
  const operator = await through(c, operatorOf);
  const began = new Date();
  await next();
  await recordAct(c, operator, began);
};

/** Lets a client of /v1 in and says which one as `caller`. @throws BotError for all others, and where the door's secret is not configured (I10) */
export const clientOnly: MiddlewareHandler<App> = async (c, next) => {
  await through(c, clientOf);
  await next();
};

async function through<C extends Caller>(c: Context<App>, callerOf: (c: Context<App>) => Promise<C>): Promise<C> {
  const caller = await callerOf(c).catch(async (refusal: unknown) => {
    throw await slowed(c, refusal);
  });
  c.set("caller", caller);
  return caller;
}
