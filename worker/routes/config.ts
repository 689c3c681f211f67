import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { leafSources } from "../agent/configLeaf.ts";
import { route } from "../openapi/route.ts";

const leaf = z
  .object({
    path: z.string().meta({
      description:
        "Dotted. A list, and an empty mapping, are leaves. `documents.<path>` is a declared document, by its sum and size.",
    }),
    value: z.unknown().meta({ description: "What counts, secrets masked." }),
    source: z.enum(leafSources).meta({
      description:
        "`declared` by the stack, `talaria`: what Talaria needs, `default`: Talaria's where nobody says else, `user`: set by hand, `agent`: changed in the home by the agent, a chat's command or the dashboard.",
    }),
    at: z
      .string()
      .nullable()
      .meta({ description: "ISO 8601: since when it has this value in the container. Null: not known." }),
    drift: z.string().nullable().meta({ description: "Where the container, the stack and the home's file differ." }),
  })
  .meta({ id: "ConfigLeaf" });

const secret = z
  .object({
    name: z.string(),
    origin: z.enum(["generated", "configured"]),
    fingerprint: z.string().meta({ description: "Six hex digits; another value has another one." }),
    since: z.string().meta({ description: "ISO 8601: when the bot first saw this value." }),
    overlapUntil: z.string().nullable().meta({ description: "Until when the value before is valid, too." }),
    inGateway: z
      .boolean()
      .meta({ description: "Whether Hermes' gateway gets it at its start. All others stay in the Worker." }),
  })
  .meta({ id: "ConfigSecret" });

/** What the bot goes by. */
export const configRoutes = [
  route(
    {
      method: "get",
      path: "/api/config",
      id: "config",
      tag: "lifecycle",
      door: "operator",
      does: "Hermes' configuration, leaf by leaf, and the secrets without their values",
      quiet: true,
      answer: {
        what: "What counts, and who said so.",
        json: z
          .object({
            stack: z.string(),
            looked: z
              .boolean()
              .meta({ description: "False while no container runs: then only what is declared is told." }),
            applied: z
              .boolean()
              .nullable()
              .meta({ description: "Whether the gateway runs with what is declared now." }),
            leaves: z.array(leaf),
            problem: z.string().nullable().meta({ description: "Why the home's config.yaml cannot be read." }),
            secrets: z.array(secret),
          })
          .meta({ id: "Config" }),
      },
    },
    async ({ c }) => {
      const agent = agentOf(c.env);
      const [report, secrets] = await Promise.all([agent.config(), agent.secretAges()]);
      const leaves = report.leaves.map(({ json, ...about }) => ({ ...about, value: JSON.parse(json) as unknown }));
      return { ...report, leaves, secrets };
    },
  ),
];
