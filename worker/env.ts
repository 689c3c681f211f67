import type { Agent } from "./agent/agent.ts";
import type {
  buckets,
  ChatSecret,
  ClassName,
  chatSecrets,
  classes,
  configSecrets,
  emailBinding,
  GeneratedSecret,
  generatedSecrets,
  madeSecrets,
  ProviderName,
  providers,
  rateLimits,
  secretEnvironment,
  secretFiles,
} from "./bindings.ts";
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

/** What the platform hands to the Worker, typed from the one list in `bindings.ts`. Secrets may be absent: a missing one closes its door. Without the rate limit, a refusal is one all the same. */
export type Env = {
  readonly [C in ClassName as (typeof classes)[C]["binding"]]: DurableObjectNamespace<ObjectsByClass[C]>;
} & { readonly [B in (typeof buckets)[keyof typeof buckets]]: R2Bucket } & {
  readonly [L in (typeof rateLimits)[keyof typeof rateLimits]["binding"]]?: RateLimit;
} & {
  readonly [E in typeof emailBinding]?: SendEmail;
} & {
  readonly [S in (typeof generatedSecrets)[GeneratedSecret]]?: string;
} & { readonly [P in ProviderName as (typeof providers)[P]["secret"]]?: string } & {
  readonly [S in ChatSecret as (typeof chatSecrets)[S]["secret"]]?: string;
} & { readonly [S in (typeof configSecrets)[keyof typeof configSecrets]]?: string } & {
  readonly [S in (typeof madeSecrets)[keyof typeof madeSecrets]]?: string;
} & {
  readonly [S in `${(typeof secretEnvironment)["binding"]}_${number}`]?: string;
} & {
  readonly [S in `${(typeof secretFiles)["binding"]}_${number}`]?: string;
};
