import * as z from "zod";
import { dashboardPath } from "../dashboard/place.ts";
import { declaration } from "../declaration.ts";
import { documentOf } from "../openapi/document.ts";
import { type Described, type Door, route } from "../openapi/route.ts";

const credentials: Readonly<Record<Door, string>> = {
  anyone: "no token",
  operator: "admin token",
  client: "client token",
  slack: "signed by Slack",
};

const about = { method: "get", tag: "open", door: "anyone", quiet: true } as const;

let document: object | undefined;

/** What anyone may see. @param all every route that there is, once all are known */
export function openRoutes(all: () => readonly Described[]) {
  return [
    route(
      {
        ...about,
        path: "/",
        id: "describe",
        does: "what is served here",
        answer: {
          what: "A line for each route.",
          json: z
            .object({
              name: z.string(),
              what: z.string(),
              document: z.string(),
              routes: z.record(z.string(), z.string()),
            })
            .meta({ id: "Description" }),
        },
      },
      async () => ({
        name: declaration.bot,
        what: "A Hermes Agent on Cloudflare, deployed by Talaria.",
        document: "/openapi.json",
        routes: { ...Object.fromEntries(all().map(lineOf)), ...passedThrough() },
      }),
    ),
    route(
      {
        ...about,
        path: "/health",
        id: "health",
        does: "the Worker answers",
        answer: {
          what: "It does.",
          json: z.object({ status: z.literal("ok"), bot: z.string() }).meta({ id: "Health" }),
        },
      },
      async () => ({ status: "ok" as const, bot: declaration.bot }),
    ),
    route(
      {
        ...about,
        path: "/openapi.json",
        id: "document",
        does: "all of it as an OpenAPI document",
        answer: { what: "OpenAPI 3.1.", json: z.looseObject({ openapi: z.string() }).meta({ id: "Document" }) },
      },
      async ({ c }) => {
        const { bot, versions } = declaration;
        // The same for as long as this code runs, and open to anyone: made once.
        document ??= documentOf(all(), { bot, version: versions.talaria ?? "0" });
        return Response.json({ ...document, servers: [{ url: new URL(c.req.url).origin }] });
      },
    ),
  ];
}

/** What is Hermes' own, and passed on to it. */
function passedThrough(): Record<string, string> {
  const hostname = declaration.dashboard?.hostname;
  const dashboard = hostname === undefined ? `${dashboardPath}/*` : `https://${hostname}/*`;
  return {
    "/v1/*": "Hermes' API server (client token)",
    [dashboard]: "Hermes' dashboard, for browsers (GET /login, or Access)",
  };
}

function lineOf({ method, path, also, does, door, quiet }: Described): [string, string] {
  const notes = [credentials[door], quiet && "wakes nothing", also.length > 0 && `also ${also.join(", ")}`];
  return [`${method.toUpperCase()} ${path}`, `${does} (${notes.filter(Boolean).join("; ")})`];
}
