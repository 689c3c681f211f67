/** What must hold before anything is created: one message that lists everything missing, instead of half a stack. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type ApiError, type Connection, call } from "./cloudflare/api.ts";
import { typedFor } from "./config/problem.ts";
import type { BotConfig } from "./config.ts";
import type { BotNames } from "./naming.ts";

/** What the program learns of the account. */
export interface AccountFacts {
  /** The zone that `hostname` lies in. */
  readonly zoneId: string | undefined;
}

/** Permissions of the token that deploys, as Cloudflare's dashboard names them. */
export const permissions = {
  workers: "Workers Scripts: Edit",
  containers: "Workers Containers: Edit",
  r2: "Workers R2 Storage: Edit",
  tokens: "Account API Tokens: Edit",
  zone: "Zone: Read, Workers Routes: Edit and DNS: Edit (for talaria:hostname)",
} as const;

const tokensPage = "The token's permissions are edited at https://dash.cloudflare.com/profile/api-tokens.";

/** One missing thing, in a sentence or two. */
type Lack = string | undefined;

/**
 * Asks the account, in parallel and without changing anything, for all that the stack is going to need; and this machine,
 * by `docker`, when images have to be built. A preview builds nothing, so it only warns of what the machine lacks.
 * @throws pulumi.RunError with everything that is missing
 */
export async function preflight(
  config: BotConfig,
  names: BotNames,
  docker: () => Promise<Lack> = async () => undefined,
): Promise<AccountFacts> {
  const token = await secretValue(config.apiToken);
  const connection = { baseUrl: config.apiBaseUrl, token };
  const zone = findZone(connection, config);
  const machine = docker();
  const lacks = await Promise.all([
    workersDev(connection, config),
    containers(connection, config),
    objectStorage(connection, config, names),
    accountTokens(connection, config),
    zone.then(({ lack }) => lack),
  ]);
  const found = [...new Set(lacks.filter((lack) => lack !== undefined))];
  const lack = await machine;
  const all = [...found, ...(lack === undefined ? [] : [lack])];
  if (found.length > 0) throw new pulumi.RunError(typedFor(config.stack, describe(config, all)));
  if (lack !== undefined && !pulumi.runtime.isDryRun()) throw new pulumi.RunError(`Nothing was created. ${lack}`);
  if (lack !== undefined) await pulumi.log.warn(`\`pulumi up\` would stop here: ${lack}`);
  return { zoneId: (await zone).zoneId };
}

async function workersDev(connection: Connection, { accountId, hostname, project }: BotConfig): Promise<Lack> {
  return probe(connection, `/accounts/${accountId}/workers/subdomain`, permissions.workers, ({ codes }) => {
    if (!codes.includes(10007)) return undefined;
    if (hostname !== undefined) return "";
    return `The account has no workers.dev subdomain. Choose one in the dashboard (Workers & Pages), or set ${project}:hostname.`;
  });
}

async function containers(connection: Connection, { accountId }: BotConfig): Promise<Lack> {
  return probe(connection, `/accounts/${accountId}/containers/me`, permissions.containers, ({ status, codes }) =>
    status === 402 || (status === 403 && !refused.some((code) => codes.includes(code)))
      ? "Containers need the Workers Paid plan: https://dash.cloudflare.com/?to=/:account/workers/plans"
      : undefined,
  );
}

async function objectStorage(connection: Connection, { accountId }: BotConfig, names: BotNames): Promise<Lack> {
  return probe(connection, `/accounts/${accountId}/r2/buckets/${names.bucket}`, permissions.r2, ({ status, codes }) => {
    if (codes.includes(10042)) return "R2 is not enabled. Enable it in the dashboard: R2 > Overview.";
    return status === 404 ? "" : undefined; // no such bucket yet: that is as it should be
  });
}

async function accountTokens(connection: Connection, { accountId }: BotConfig): Promise<Lack> {
  return probe(connection, `/accounts/${accountId}/tokens/permission_groups`, permissions.tokens, () => undefined);
}

interface FoundZone {
  readonly zoneId: string | undefined;
  readonly lack: Lack;
}

/** The zone with the longest name that `hostname` ends with. */
async function findZone(connection: Connection, config: BotConfig): Promise<FoundZone> {
  const { hostname, zoneId, accountId } = config;
  if (hostname === undefined || zoneId !== undefined) return { zoneId, lack: undefined };
  try {
    const labels = hostname.split(".");
    for (const start of labels.keys()) {
      const name = labels.slice(start).join(".");
      if (!name.includes(".")) break;
      const answer = await call(connection, "GET", `/zones?name=${name}&account.id=${accountId}`);
      const [zone] = z.array(z.object({ id: z.string() })).parse(answer);
      if (zone !== undefined) return { zoneId: zone.id, lack: undefined };
    }
    return {
      zoneId: undefined,
      lack: `No zone of this account holds ${hostname}. Add the domain to Cloudflare, or correct it.`,
    };
  } catch (error) {
    return { zoneId: undefined, lack: lackOf(error as ApiError, permissions.zone) };
  }
}

/** Codes of a token that is valid but may not do this. */
const refused = [9109, 10_000, 10_001];
/** Codes of a request whose token is not even well-formed. */
const invalid = [6003, 9106];

/** Asks for one thing; `explain` may know better what an error means ("" = it is no problem). */
async function probe(
  connection: Connection,
  path: string,
  permission: string,
  explain: (error: ApiError) => string | undefined,
): Promise<Lack> {
  try {
    await call(connection, "GET", path);
    return undefined;
  } catch (error) {
    const known = explain(error as ApiError);
    return known === undefined ? lackOf(error as ApiError, permission) : known === "" ? undefined : known;
  }
}

function lackOf(error: ApiError, permission: string): string {
  if (error.status === 0) return error.message.replace(/^\w+ \S+: /, "");
  if (error.status === 401 || (error.codes ?? []).some((code) => invalid.includes(code))) {
    return "The API token is not valid. Set a new one: pulumi config set --secret talaria:cloudflareApiToken";
  }
  if (error.status === 403) return `The API token lacks the permission "${permission}", or belongs to another account.`;
  return error.message;
}

function describe({ accountId, apiBaseUrl }: BotConfig, lacks: readonly string[]): string {
  return [
    `Nothing was created. The account ${accountId} at ${apiBaseUrl} is not ready:`,
    ...lacks.map((lack) => `  - ${lack}`),
    ...(lacks.some((lack) => lack.startsWith("The API token")) ? [tokensPage] : []),
  ].join("\n");
}

/** The value behind a configuration secret, which is never unknown. */
function secretValue(output: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
