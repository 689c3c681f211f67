import * as z from "zod";
import { billOf, billSchema } from "../cost/bill.ts";
import { awakeHours, usageOf, usualUse } from "../cost/estimate.ts";
import { pricesAsOf } from "../cost/prices.ts";
import { shapeOf } from "../cost/shape.ts";
import { monthOf } from "../days.ts";
import { declaration } from "../declaration.ts";
import { route } from "../openapi/route.ts";
import { spendOf } from "../spend/call.ts";
import { scopes } from "../spend/limits.ts";
import { nanosPerDollar } from "../spend/modelPrice.ts";
import { spendReportSchema } from "../spend/report.ts";

const hours = (most: number) => z.coerce.number().min(0).max(most);
const month = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, { error: "is a month such as 2026-11" });

const estimateAnswer = z
  .object({
    hoursPerDay: z.number(),
    stretches: z.number(),
    /** Hours a day that it is awake, `sleepAfter` included. */
    awakeHoursPerDay: z.number(),
    sleepAfterSeconds: z.number().nullable(),
    bill: billSchema,
    pricesAsOf: z.string(),
  })
  .meta({ id: "CostEstimate" });

const capOrder = z
  .discriminatedUnion("action", [
    z.object({
      action: z.literal("raise"),
      scope: z.enum(scopes),
      dollars: z.number().positive().max(100_000),
    }),
    z.object({ action: z.enum(["pause", "resume"]) }),
  ])
  .meta({ id: "CapOrder" });

const about = { tag: "cost", door: "operator", quiet: true } as const;

/** What the bot costs, and what holds it down. */
export const costRoutes = [
  route(
    {
      ...about,
      method: "get",
      path: "/api/cost",
      id: "cost",
      does: "what models have cost, by day, model and session, beside the caps",
      query: z.object({ month: month.optional() }),
      answer: { what: "Amounts in nano-dollars.", json: spendReportSchema.meta({ id: "Cost" }) },
    },
    async ({ query, c }) => spendOf(c.env).report(query.month ?? monthOf(Date.now())),
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
      }),
      answer: { what: "A bill of 30 days, in dollars.", json: estimateAnswer },
    },
    async ({ query }) => {
      const shape = shapeOf(declaration);
      const { hoursPerDay, stretches } = { ...usualUse, ...declaration.estimate, ...query };
      const pattern = { hoursPerDay, stretches };
      const bill = billOf(usageOf(shape, pattern));
      const { sleepAfterSeconds } = shape;
      return { ...pattern, awakeHoursPerDay: awakeHours(shape, pattern), sleepAfterSeconds, bill, pricesAsOf };
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
      if (body.action === "raise") await spend.raise(body.scope, Math.round(body.dollars * nanosPerDollar));
      else if (body.action === "pause") await spend.pause();
      else await spend.resume();
      return spend.report(monthOf(Date.now()));
    },
  ),
];
