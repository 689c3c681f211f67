/** What every endpoint can reach: the account, the state on disk, the runtime, the clock. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Runtime } from "../../runtime/contract.ts";
import type { AccountState } from "../account/state.ts";
import type { ContainerState } from "../containers/state.ts";
import type { BucketState } from "../r2/state.ts";
import type { WorkerState } from "../workers/state.ts";
import type { AccessState } from "../zerotrust/state.ts";
import type { Store } from "./store.ts";

/** What the simulated account has bought and set up. */
export interface AccountPlan {
  /** Workers Paid: containers need it. @default true */
  readonly paidPlan: boolean;
  /** R2 is enabled. @default true */
  readonly r2: boolean;
  /** A workers.dev subdomain was chosen. @default true */
  readonly workersDev: boolean;
  /** A Zero Trust organization was made. @default true */
  readonly zeroTrust: boolean;
}

/** A DNS zone of the simulated account. */
export interface Zone {
  readonly id: string;
  readonly name: string;
}

/** A container registry on this machine and the login that it takes. */
export interface Registry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Handed to every endpoint. */
export interface World {
  readonly accountId: string;
  readonly plan: AccountPlan;
  readonly zones: readonly Zone[];
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: (line: string) => void;
  /** The account's container registry; undefined when images are only names. */
  readonly registry: Registry | undefined;
  /** Milliseconds that a container has between SIGTERM and SIGKILL in a rollout. */
  readonly rolloutGraceMs: number;
  readonly account: AccountState;
  readonly buckets: BucketState;
  readonly workers: WorkerState;
  readonly containers: ContainerState;
  readonly access: AccessState;
  /** Host and port of the Access team, which are the loopback's own. */
  teamDomain(): string;
}

/** ISO 8601 time as Cloudflare writes it. */
export function timestamp(): string {
  return new Date().toISOString();
}

/** 32 hex digits, as most Cloudflare ids. */
export function hexId(): string {
  return randomBytes(16).toString("hex");
}

/** A UUID, as ids of versions, deployments, applications and rollouts. */
export const uuid = randomUUID;
