import type { ObjectBinding } from "../bound.ts";
import { objectOf } from "../usage/object.ts";
import type { ExecPool } from "./pool.ts";

/** Name of the one pool of a bot. */
const poolName = "pool";

/** For whoever calls it. */
export type PoolBinding = ObjectBinding<"ExecPool", ExecPool>;

/** Who owns the boxes, the limits and the audit of this bot. */
export function poolOf(env: PoolBinding): DurableObjectStub<ExecPool> {
  return objectOf(env.EXEC_POOL, poolName);
}
