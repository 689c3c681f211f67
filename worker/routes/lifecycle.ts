import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { route } from "../openapi/route.ts";
import { outcomeOf } from "../outcome.ts";

const state = z.string().meta({ description: "The state afterwards." });
const ms = z.number().meta({ description: "How long it took." });
const unsaved = z.string().nullable().meta({ description: "Why the last changes are not saved; null: all is." });

const did = z.enum(["restarted", "started"]).meta({ description: "`started`: the bot was down." });
const notStarted = ["startFailed", "gaveUp", "staysDown", "waking", "stopping"] as const;

const about = { method: "post", tag: "lifecycle", door: "operator" } as const;

/** What an operator does with a bot that runs, or does not. */
export const lifecycleRoutes = [
  route(
    {
      ...about,
      path: "/api/wake",
      also: ["/api/instance/wake"],
      id: "wake",
      does: "brings it up and answers when it is ready; calls at the same time share one start",
      answer: { what: "It is up.", json: z.object({ state, ms }).meta({ id: "Woken" }) },
      problems: notStarted,
    },
    async ({ c }) => outcomeOf(await agentOf(c.env).wake()),
  ),
  route(
    {
      ...about,
      path: "/api/restart-gateway",
      also: ["/api/instance/restart-gateway", "/api/kill"],
      id: "restartGateway",
      does: "a new gateway process in the same container, whose disk stays",
      answer: { what: "It is ready.", json: z.object({ state, ms, did }).meta({ id: "GatewayRestarted" }) },
      problems: [...notStarted, "stoppedOnPurpose", "gatewayStays", "runUnderWay", "unsaved"],
    },
    async ({ c }) => outcomeOf(await agentOf(c.env).restartGateway()),
  ),
  route(
    {
      ...about,
      path: "/api/restart",
      also: ["/api/instance/restart"],
      id: "restart",
      does: "a new container of the declared image, its memory saved and restored",
      body: z
        .object({ force: z.boolean().default(false).meta({ description: "Goes on where it cannot be saved." }) })
        .meta({ id: "RestartOrder" }),
      answer: { what: "It is ready.", json: z.object({ state, ms, did, unsaved }).meta({ id: "Restarted" }) },
      problems: [...notStarted, "stoppedOnPurpose", "runUnderWay", "unsaved"],
    },
    async ({ body, c }) => outcomeOf(await agentOf(c.env).restart(body.force)),
  ),
  route(
    {
      ...about,
      path: "/api/drain",
      id: "drain",
      does: "puts it to sleep after what it does, so that the next wake starts anew",
      quiet: true,
      answer: { what: "It sleeps, or did not run.", json: z.object({ state, unsaved }).meta({ id: "Drained" }) },
    },
    async ({ c }) => outcomeOf(await agentOf(c.env).drain()),
  ),
  route(
    {
      ...about,
      path: "/api/converge",
      id: "converge",
      does: "makes it run what is declared, in the background; says what there is to wait for",
      answer: {
        what: "What is, and what is waited for.",
        json: z
          .object({
            converged: z.boolean(),
            state,
            action: z.enum(["none", "asleep", "starting", "restarting", "drift"]),
            replaces: z.enum(["container", "gateway"]).nullable(),
            waitingFor: z.string().nullable(),
            message: z.string(),
          })
          .meta({ id: "Convergence" }),
      },
    },
    ({ c }) => agentOf(c.env).converge(),
  ),
  route(
    {
      ...about,
      path: "/api/stop",
      also: ["/api/instance/stop"],
      id: "stop",
      does: "saves its memory and stops it, until a wake or a chat",
      quiet: true,
      answer: { what: "It is stopped.", json: z.object({ state, ms, unsaved }).meta({ id: "Stopped" }) },
    },
    async ({ c }) => outcomeOf(await agentOf(c.env).stop()),
  ),
];
