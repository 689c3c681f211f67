/** Code contexts: there are none, because no interpreter is kept. */
import { ok } from "../answer.ts";
import { Fault } from "../fault.ts";
import type { Handler } from "../handler.ts";

/** No contexts. */
export const listContexts: Handler = async () => ok({ contexts: [] });

/** Every context is unknown. */
export const deleteContext: Handler = async (call) => {
  const contextId = call.param;
  throw new Fault("CONTEXT_NOT_FOUND", `Code context '${contextId}' not found`, { contextId });
};

/** Healthy, as the real server says even without interpreters. */
export const health: Handler = async () => ok({ status: "healthy" });
