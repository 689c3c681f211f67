/** The loopback Cloudflare: the part of the v4 API that Talaria's stack calls, answered on 127.0.0.1. */
import type { GatewayAccount } from "../aiGateway/account.ts";
import type { Runtime } from "../runtime/contract.ts";
import { accountEndpoints } from "./account/account.ts";
import { aiGatewayEndpoints, gatewayAccount } from "./account/aiGateway.ts";
import { AccountState, type GivenToken } from "./account/state.ts";
import { tokenEndpoints } from "./account/tokens.ts";
import { applicationEndpoints } from "./containers/applications.ts";
import { instanceEndpoints } from "./containers/instances.ts";
import { rolloutEndpoints } from "./containers/rollouts.ts";
import { ContainerState } from "./containers/state.ts";
import { basePath, createApi } from "./core/api.ts";
import { controlPath, createControl } from "./core/control.ts";
import { RequestLog } from "./core/requestLog.ts";
import { listen } from "./core/server.ts";
import { Store } from "./core/store.ts";
import type { AccountPlan, Registry, World, Zone } from "./core/world.ts";
import { bucketEndpoints } from "./r2/buckets.ts";
import { BucketState } from "./r2/state.ts";
import { restore } from "./restore.ts";
import { createS3 } from "./s3/index.ts";
import { domainEndpoints } from "./workers/domains.ts";
import { scriptEndpoints } from "./workers/scripts.ts";
import { secretEndpoints } from "./workers/secrets.ts";
import { serviceEndpoints } from "./workers/services.ts";
import { settingsEndpoints } from "./workers/settings.ts";
import { WorkerState } from "./workers/state.ts";
import { triggerEndpoints } from "./workers/triggers.ts";
import { versionEndpoints } from "./workers/versions.ts";
import { accessEndpoints } from "./zerotrust/access.ts";
import { accessGuard } from "./zerotrust/gate.ts";
import { AccessState } from "./zerotrust/state.ts";
import { accessPath, createTeam, LogIns } from "./zerotrust/team.ts";
import { TeamKeys } from "./zerotrust/teamKeys.ts";
import { zoneEndpoints } from "./zones/zones.ts";

export type { Permission } from "./account/permissions.ts";
export type { GivenToken } from "./account/state.ts";
export type { LoggedRequest } from "./core/requestLog.ts";
export type { AccountPlan, Registry, Zone } from "./core/world.ts";

/** The zone that the account owns unless others are given. */
export const defaultZone: Zone = { id: "10ca120e".repeat(4), name: "example.com" };

/** What a loopback Cloudflare is started with. */
export interface CloudflareOptions {
  /** Folder of this API alone: JSON files, modules of Workers, `requests.jsonl`. Made if missing. */
  readonly stateDir: string;
  /** @default 0, a free port */
  readonly port?: number;
  /** 32 hex digits. */
  readonly accountId: string;
  /** Token that may do everything. */
  readonly token: string;
  /** Further tokens, e.g. one that lacks a permission. */
  readonly tokens?: readonly GivenToken[];
  readonly runtime: Runtime;
  /** The registry that a push reaches and its login, which every asker gets. @default none: a login of no use is answered */
  readonly registry?: Registry;
  readonly log: (line: string) => void;
  /** What the account has bought and set up. @default everything */
  readonly account?: Partial<AccountPlan>;
  /** @default {@link defaultZone} */
  readonly zones?: readonly Zone[];
  /** Milliseconds between SIGTERM and SIGKILL in a rollout. @default 900000, as Cloudflare's 15 minutes */
  readonly rolloutGraceMs?: number;
}

/** A running loopback Cloudflare. */
export interface LoopbackCloudflare {
  /** Base URL for clients: `http://127.0.0.1:PORT/client/v4`. */
  readonly url: string;
  readonly port: number;
  /** Its AI gateways and who may pass them. */
  readonly aiGateways: GatewayAccount;
  /** Stops answering. The runtime is the caller's to close. */
  close(): Promise<void>;
}

/** Starts the API; the Workers of its state folder run again when it resolves. */
export async function startCloudflare(options: CloudflareOptions): Promise<LoopbackCloudflare> {
  if (!/^[0-9a-f]{32}$/.test(options.accountId))
    throw new Error(`"${options.accountId}" is not an account id (32 hex digits).`);
  let port = options.port ?? 0;
  const world = createWorld(options, () => `127.0.0.1:${port}`);
  const log = new RequestLog(options.stateDir);
  const keys = new TeamKeys(() => `http://${world.teamDomain()}`);
  const logIns = new LogIns();
  world.runtime.guard(accessGuard(world, keys, logIns));
  await restore(world);
  const api = createApi(world, endpoints(world), log);
  const control = createControl(world, log, keys);
  const team = createTeam(world, keys, logIns);
  const s3 = createS3(world, log);
  const server = await listen(port, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${basePath}/`)) return api.fetch(request);
    if (pathname.startsWith(`${accessPath}/`)) return team.fetch(request);
    return pathname.startsWith(`${controlPath}/`) ? control.fetch(request) : s3(request);
  });
  port = server.port;
  const url = `http://127.0.0.1:${server.port}${basePath}`;
  return { url, port: server.port, aiGateways: gatewayAccount(world), close: server.close };
}

function createWorld(options: CloudflareOptions, teamDomain: () => string): World {
  const store = new Store(options.stateDir);
  return {
    accountId: options.accountId,
    plan: { paidPlan: true, r2: true, workersDev: true, zeroTrust: true, ...options.account },
    zones: options.zones ?? [defaultZone],
    store,
    runtime: options.runtime,
    log: options.log,
    registry: options.registry,
    rolloutGraceMs: options.rolloutGraceMs ?? 15 * 60_000,
    account: new AccountState(store, [{ token: options.token }, ...(options.tokens ?? [])]),
    buckets: new BucketState(store),
    workers: new WorkerState(store),
    containers: new ContainerState(store),
    access: new AccessState(store),
    teamDomain,
  };
}

function endpoints(world: World) {
  return [
    ...accountEndpoints,
    ...tokenEndpoints,
    ...bucketEndpoints,
    ...scriptEndpoints,
    ...settingsEndpoints,
    ...secretEndpoints,
    ...versionEndpoints,
    ...triggerEndpoints,
    ...serviceEndpoints,
    ...domainEndpoints,
    ...applicationEndpoints,
    ...rolloutEndpoints,
    ...instanceEndpoints,
    ...aiGatewayEndpoints(world),
    ...accessEndpoints(world),
    ...zoneEndpoints(world),
  ];
}
