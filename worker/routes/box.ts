import * as z from "zod";
import { boxOrder } from "../agent/boxOrder.ts";
import { agentOf } from "../agent/call.ts";
import { byHeader } from "../agent/handsApp.ts";
import { auditName } from "../auth/caller.ts";
import { idSchema, jobRoutes } from "./jobRoutes.ts";

/** What an operator runs by hand in the agent's own container, as the agent's user. */
export const boxRoutes = jobRoutes({
  tag: "box",
  path: "/api/box/jobs/{job}",
  params: z.object({ job: idSchema }),
  opens: {
    id: "runInBox",
    does: "runs hermes with arguments, or a shell, beside the gateway; wakes a bot that sleeps; one that is there stays",
  },
  reads: { id: "readFromBox", does: "its output from an offset" },
  ends: { id: "endInBox", does: "kills all that it has started" },
  types: { id: "typeIntoBox", does: "what is typed into its terminal" },
  resizes: { id: "resizeInBox", does: "the size of its window" },
  order: boxOrder,
  problems: [
    "boxJobUnknown",
    "boxFailed",
    "stoppedOnPurpose",
    "startFailed",
    "gaveUp",
    "staysDown",
    "stopping",
    "badRequest",
  ],
  async ask({ env, req, var: { caller } }, { job }, rest) {
    const { method, body } = req.raw;
    const headers = { [byHeader]: encodeURIComponent(auditName(caller)) };
    const url = `http://agent/box/jobs/${job}${rest}${new URL(req.url).search}`;
    return agentOf(env).fetch(new Request(url, { method, headers, body }));
  },
});
