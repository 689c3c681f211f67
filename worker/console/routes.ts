import * as z from "zod";
import { route } from "../openapi/route.ts";
import { consolePage } from "./page.tsx";
import { newParts, partsOf } from "./parts.tsx";
import { consolePath } from "./place.ts";
import { pulseOf } from "./pulse.ts";
import { lastLines, lookAt } from "./view.ts";

const about = { method: "get", tag: "console", door: "operator", quiet: true } as const;

const part = z.object({ html: z.string(), mark: z.string() });

/** The operator's page. The door before these stands in `worker/app.ts`; it leads a browser to the log-in. */
export const consoleRoutes = [
  route(
    {
      ...about,
      path: consolePath,
      id: "console",
      does: "the operator's page: state, log, memory, and what to do about them",
      answer: { what: "The page.", contents: { "text/html": z.string() } },
    },
    async ({ c }) => {
      const [view, lines] = await Promise.all([lookAt(c.env, c.var.caller, new Date()), lastLines(c.env)]);
      return consolePage(view, lines);
    },
  ),
  route(
    {
      ...about,
      path: `${consolePath}/live`,
      id: "consoleLive",
      does: "what of the page is another since",
      query: z.object({
        has: z
          .string()
          .max(500)
          .default("")
          .meta({ description: "The parts of a page that is open, `name.mark` each." }),
      }),
      answer: {
        what: "The parts that are others.",
        json: z
          .object({
            version: z.string().meta({ description: "Of the page itself." }),
            rests: z.boolean().nullable().meta({ description: "The bot is down on purpose." }),
            underWay: z.boolean().meta({ description: "Something goes on that a person waits for." }),
            parts: z.record(z.string(), part),
          })
          .meta({ id: "ConsoleNews" }),
      },
    },
    async ({ query: { has }, c }) => {
      const view = await lookAt(c.env, c.var.caller, new Date());
      return { ...pulseOf(view), parts: newParts(partsOf(view), has) };
    },
  ),
];
