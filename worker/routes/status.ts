import { agentOf } from "../agent/call.ts";
import { reasonOf } from "../errors.ts";
import { poolOf } from "../exec/poolCall.ts";
import { route } from "../openapi/route.ts";
import { statusAnswer } from "./answers/status.ts";

/** The state of the bot. */
export const statusRoutes = [
  route(
    {
      method: "get",
      path: "/api/status",
      also: ["/api/health"],
      id: "status",
      tag: "lifecycle",
      door: "operator",
      does: "the state of the bot",
      quiet: true,
      answer: { what: "The state.", json: statusAnswer },
    },
    async ({ c }) => {
      // The bot's own state is told even where that of its commands cannot be.
      const report = poolOf(c.env)
        .report()
        .catch((error: unknown) => ({ failed: reasonOf(error) }));
      const [status, exec] = await Promise.all([agentOf(c.env).status(), report]);
      return { ...status, exec };
    },
  ),
];
