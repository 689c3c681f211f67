import type { Agent } from "./agent/agent.ts";
import type { ClassName, classes } from "./bindings.ts";
import type { BucketBinding, EmailBinding, RateLimitBindings, Secrets } from "./bound.ts";
import type { ExecPool } from "./exec/pool.ts";
import type { ExecSession } from "./exec/session.ts";
import type { AgentBox } from "./sandbox/agentBox.ts";
import type { CareBox, ExecBox } from "./sandbox/otherBoxes.ts";
import type { Spend } from "./spend/spend.ts";

interface ObjectsByClass {
  Agent: Agent;
  ExecSession: ExecSession;
  ExecPool: ExecPool;
  Spend: Spend;
  AgentBox: AgentBox;
  ExecBox: ExecBox;
  CareBox: CareBox;
}

type ObjectBindings = {
  readonly [C in ClassName as (typeof classes)[C]["binding"]]: DurableObjectNamespace<ObjectsByClass[C]>;
};

/** All that the platform hands to the Worker. For its door alone: a room says what of it it takes, see `bound.ts`. */
export type Env = ObjectBindings & BucketBinding & RateLimitBindings & EmailBinding & Secrets;
