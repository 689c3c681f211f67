import * as z from "zod";
import { isAlwaysOn } from "../agent/sleep.ts";
import { billOf, billSchema } from "../cost/bill.ts";
import { sizeFrom } from "../cost/customSizes.ts";
import { awakeHours, usageOf, usualUse } from "../cost/estimate.ts";
import { pricesAsOf } from "../cost/prices.ts";
import { projection } from "../cost/projection.ts";
import { shapeOf } from "../cost/shape.ts";
import { type DeclaredSize, declaredSizesSchema, usualSizes } from "../cost/sizes.ts";
import { monthOf } from "../days.ts";
import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { route } from "../openapi/route.ts";
import { spendOf } from "../spend/call.ts";
import { scopes } from "../spend/limits.ts";
import { nanosPerDollar } from "../spend/modelPrice.ts";
import { spendReportSchema } from "../spend/report.ts";
import { gapsSince, usageReport, usageReportSchema } from "../usage/report.ts";

const hours = (most: number) => z.coerce.number().min(0).max(most);
const month = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, { error: "is a month such as 2026-11" });

/** A size to ask about. */
const ifSize = z
  .string()
  .transform((text, context): DeclaredSize => {
    const read = sizeFrom(text);
    if ("size" in read) return read.size;
    context.addIssue(`"${text}" ${read.fault}`);
    return z.NEVER;
  })
  .optional()
  .meta({ description: "Instead of the declared: an instance type, or vCPU x GiB x GB such as 1x4x8." });

const estimateAnswer = z
  .object({
    hoursPerDay: z.number(),
    stretches: z.number(),
    /** Hours a day that it is awake, `sleepAfter` included. */
    awakeHoursPerDay: z.number(),
    sleepAfterSeconds: z.number().nullable(),
    sizes: declaredSizesSchema,
    bill: billSchema,
    pricesAsOf: z.string(),
  })
  .meta({ id: "CostEstimate" });

const costAnswer = spendReportSchema
  .extend({
    /** Of the whole month, if it goes on so; null while too little of it has passed. */
    projected: z.number().nullable(),
    cloudflare: usageReportSchema,
    /** Dollars that Cloudflare would charge for a month of the use that `talaria:estimate` declares. */
    estimated: z.number(),
  })
  .meta({ id: "Cost" });

const capOrder = z
  .discriminatedUnion("action", [
    z.object({
      action: z.literal("raise"),
      scope: z.enum(scopes),
      dollars: z.number().min(0.01).max(100_000),
    }),
    z.object({ action: z.enum(["pause", "resume"]) }),
  ])
  .meta({ id: "CapOrder" });

const about = { tag: "cost", door: "operator", quiet: true } as const;

/** A month, as of `now`. */
async function costOf(env: Env, month: string, now: number): Promise<z.infer<typeof costAnswer>> {
  const spend = spendOf(env);
  const [models, used] = await Promise.all([spend.report(month), spend.usedIn(month, gapsSince(now))]);
  const shape = shapeOf(declaration);
  const [firstDay] = [used.firstDay, ...models.byDay.map(({ name }) => name)].filter((day) => day !== null).sort();
  const times = firstDay === undefined ? null : projection(month, firstDay, now);
  return {
    ...models,
    projected: times === null ? null : Math.round(models.total.nanos * times),
    cloudflare: usageReport(used, month, { shape, maySleep: !isAlwaysOn(declaration), now }),
    estimated: billOf(usageOf(shape, { ...usualUse, ...declaration.estimate })).total,
  };
}

/** What the bot costs, and what holds it down. */
export const costRoutes = [
  route(
    {
      ...about,
      method: "get",
      path: "/api/cost",
      id: "cost",
      does: "what a month has cost so far, and will if it goes on so: models beside their caps, Cloudflare by what was counted",
      query: z.object({ month: month.optional() }),
      answer: { what: "The models' amounts in nano-dollars, Cloudflare's in dollars.", json: costAnswer },
    },
    async ({ query, c }) => costOf(c.env, query.month ?? monthOf(Date.now()), Date.now()),
  ),
  route(
    {
      ...about,
      method: "get",
      path: "/api/cost/estimate",
      id: "costEstimate",
      does: "what Cloudflare would charge for a month of this bot, used so much",
      query: z.object({
        hoursPerDay: hours(24)
          .optional()
          .meta({ description: "In which somebody, or a job, uses it. Default: talaria:estimate." }),
        stretches: hours(96).optional().meta({ description: "That these hours come in. Default: talaria:estimate." }),
        sleepAfterSeconds: z
          .union([z.literal("never"), z.coerce.number().int().positive()], {
            error: "is a number of seconds, or never",
          })
          .optional()
          .meta({ description: "Instead of the declared." }),
        sizeHermes: ifSize,
        sizeExec: ifSize,
        sizeCare: ifSize,
      }),
      answer: { what: "A bill of 30 days, in dollars.", json: estimateAnswer },
    },
    async ({ query }) => {
      const { hoursPerDay, stretches } = { ...usualUse, ...declaration.estimate, ...query };
      const pattern = { hoursPerDay, stretches };
      const { hermes, exec, care } = declaration.sizes ?? usualSizes;
      const { sizeHermes = hermes, sizeExec = exec, sizeCare = care } = query;
      const sizes = { hermes: sizeHermes, exec: sizeExec, care: sizeCare };
      const { sleepAfterSeconds: sleep = declaration.sleepAfterSeconds } = query;
      const shape = shapeOf({ ...declaration, sizes, sleepAfterSeconds: sleep === "never" ? null : sleep });
      const { sleepAfterSeconds } = shape;
      const bill = billOf(usageOf(shape, pattern));
      return { ...pattern, awakeHoursPerDay: awakeHours(shape, pattern), sleepAfterSeconds, sizes, bill, pricesAsOf };
    },
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/cap",
      id: "cap",
      does: "raises a spending cap until its period is over, pauses requests to models, or lets them through again",
      body: capOrder,
      answer: {
        what: "What holds from now on; amounts in nano-dollars.",
        json: spendReportSchema.meta({ id: "CostNow" }),
      },
    },
    async ({ body, c }) => {
      const spend = spendOf(c.env);
      c.set("act", body.action === "raise" ? `raise ${body.scope} $${body.dollars}` : body.action);
      if (body.action === "raise") await spend.raise(body.scope, Math.round(body.dollars * nanosPerDollar));
      else if (body.action === "pause") await spend.pause();
      else await spend.resume();
      return spend.report(monthOf(Date.now()));
    },
  ),
];
