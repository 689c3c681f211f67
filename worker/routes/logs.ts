import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { machineSchema } from "../agent/machine.ts";
import { route } from "../openapi/route.ts";
import { outcomeOf } from "../outcome.ts";
import { followed } from "./following.ts";

const cursor = z.coerce.number().int().min(0);

const query = z.object({
  tail: z.coerce.number().int().min(1).max(2000).default(200).meta({ description: "How many lines at most." }),
  source: z.enum(["gateway", "worker"]).optional(),
  level: z.enum(["info", "warn", "error"]).optional().meta({ description: "This one and worse." }),
  since: cursor.optional().meta({ description: "The `next` of an answer before: only what came after it." }),
  follow: z
    .enum(["true", "false"])
    .default("false")
    .meta({ description: "Lines as server-sent events, as they come. The `id` of an event is a `since`." }),
});
const lastEventId = z.object({
  "Last-Event-ID": cursor.optional().meta({ description: "As `since`: where a stream that broke goes on." }),
});

const lines = z.array(
  z
    .object({
      at: z.string().meta({ description: "ISO 8601." }),
      source: z.enum(["gateway", "worker"]),
      level: z.enum(["info", "warn", "error"]),
      text: z.string().meta({ description: "Secrets masked." }),
    })
    .meta({ id: "LogLine" }),
);
const logs = z
  .object({
    lines,
    next: z.number().meta({ description: "Ask with it as `since` for what comes after." }),
    machine: machineSchema.nullable().meta({
      description: "The container from inside, secrets masked; null while it is down, and where `since` is given.",
    }),
  })
  .meta({ id: "Logs", description: "Oldest first." });

const about = { method: "get", tag: "lifecycle", door: "operator", quiet: true } as const;

/** What the gateway and the Worker have said, and what the container looks like. Answers while it is down. */
export const logRoutes = [
  route(
    {
      ...about,
      path: "/api/logs",
      also: ["/api/instance/logs"],
      id: "logs",
      does: "its last log lines, and the container from inside",
      query,
      headers: lastEventId,
      answer: {
        what: "The last lines, or those after `since`.",
        json: logs,
        beside: { "text/event-stream": null },
      },
    },
    async ({ query: { follow, ...query }, headers, c }) => {
      const agent = agentOf(c.env);
      if (follow === "true") {
        const since = headers["Last-Event-ID"] ?? query.since;
        return followed({ ...query, since }, (wanted) => agent.logs(wanted));
      }
      const machine = query.since === undefined ? agent.machine() : null;
      return { ...(await agent.logs(query)), machine: await machine };
    },
  ),
  route(
    {
      ...about,
      path: "/api/slack-manifest",
      id: "slackManifest",
      does: "the manifest of a Slack app that fits it, as it was at its last start",
      answer: {
        what: "What Slack takes as a new app's manifest.",
        contents: { "application/json": z.looseObject({}).meta({ id: "SlackManifest" }) },
      },
      problems: ["slackManifestUnknown"],
    },
    async ({ c }) => {
      const text = outcomeOf(await agentOf(c.env).slackManifest());
      return new Response(text, { headers: { "content-type": "application/json" } });
    },
  ),
];
