/** What must hold before anything is created: one message that lists everything missing, instead of half a stack. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Connection } from "./cloudflare/api.ts";
import { typedFor } from "./config/problem.ts";
import type { BotConfig } from "./config.ts";
import type { BotNames } from "./naming.ts";
import { chatCheck } from "./preflight/chat.ts";
import { containersCheck } from "./preflight/containers.ts";
import { type FoundZone, hostnameCheck } from "./preflight/hostname.ts";
import { type Lack, permissions, probe } from "./preflight/probe.ts";
import { type FoundTeam, teamCheck } from "./preflight/team.ts";

/** What the program learns of the account. */
export interface AccountFacts {
  /** The zone that `hostname` lies in. */
  readonly zoneId: string | undefined;
  /** The zone that `dashboard.hostname` lies in. */
  readonly dashboardZoneId: string | undefined;
  /** The account's part of addresses on workers.dev; undefined if it has none. */
  readonly workersDev: string | undefined;
  /** Address of the Access team, where `access` is configured. */
  readonly issuer: string | undefined;
}

const tokensPage = "The token's permissions are edited at https://dash.cloudflare.com/profile/api-tokens.";

/**
 * Asks the account, in parallel and without changing anything, for all that the stack is going to need; the chat platforms
 * about their tokens; and this machine, by `docker`, when images have to be built. A preview builds nothing, so it only warns of what the machine lacks.
 * @throws pulumi.RunError with everything that is missing
 */
export async function preflight(
  config: BotConfig,
  names: BotNames,
  docker: () => Promise<Lack> = async () => undefined,
): Promise<AccountFacts> {
  const token = await secretValue(config.apiToken);
  const connection = { baseUrl: config.apiBaseUrl, token };
  const machine = docker();
  const address = (hostname: string | undefined) => zoneOf(connection, config, names, hostname);
  const chat = chatCheck(connection, config, names);
  const [zone, dashboardZone, team, subdomain, boxes, ...rest] = await Promise.all([
    address(config.hostname),
    address(config.dashboard.hostname),
    teamOf(connection, config),
    workersDev(connection, config),
    containersCheck(connection, config),
    objectStorage(connection, config, names),
    accountTokens(connection, config),
    aiGateways(connection, config),
  ]);
  const lacks = [subdomain.lack, ...boxes, ...rest, zone.lack, dashboardZone.lack, ...team.lacks];
  const found = [...new Set(lacks.filter((lack) => lack !== undefined))];
  const lack = await machine;
  const told = await chat;
  const of = (kind: "lack" | "warning") => [...new Set(told.flatMap((one) => (one.kind === kind ? [one.text] : [])))];
  for (const text of of("warning")) await pulumi.log.warn(typedFor(config.stack, text));
  const sections = describe(
    config,
    [...found, ...(lack === undefined || found.length === 0 ? [] : [lack])],
    of("lack"),
  );
  const typed = (text: string) => typedFor(config.stack, text);
  if (sections !== undefined) throw new pulumi.RunError(typed(sections));
  if (lack !== undefined && !pulumi.runtime.isDryRun())
    throw new pulumi.RunError(typed(`Nothing was created. ${lack}`));
  if (lack !== undefined) await pulumi.log.warn(typed(`\`pulumi up\` would stop here: ${lack}`));
  return {
    zoneId: zone.zoneId,
    dashboardZoneId: dashboardZone.zoneId,
    workersDev: subdomain.name,
    issuer: team.issuer,
  };
}

async function workersDev(connection: Connection, { accountId, hostname, project }: BotConfig) {
  const path = `/accounts/${accountId}/workers/subdomain`;
  const { answer, lack } = await probe(connection, path, permissions.workers, ({ codes }) => {
    if (!codes.includes(10007)) return undefined;
    if (hostname !== undefined) return "";
    return `The account has no workers.dev subdomain. Choose one in the dashboard (Workers & Pages), or set ${project}:hostname.`;
  });
  return { name: z.object({ subdomain: z.string() }).safeParse(answer).data?.subdomain, lack };
}

async function objectStorage(connection: Connection, { accountId }: BotConfig, names: BotNames): Promise<Lack> {
  const path = `/accounts/${accountId}/r2/buckets/${names.bucket}`;
  const { lack } = await probe(connection, path, permissions.r2, ({ status, codes }) => {
    if (codes.includes(10042)) return "R2 is not enabled. Enable it in the dashboard: R2 > Overview.";
    return status === 404 ? "" : undefined; // no such bucket yet: that is as it should be
  });
  return lack;
}

async function accountTokens(connection: Connection, { accountId }: BotConfig): Promise<Lack> {
  const path = `/accounts/${accountId}/tokens/permission_groups`;
  return (await probe(connection, path, permissions.tokens, () => undefined)).lack;
}

/** One's own may not be there yet. */
async function aiGateways(connection: Connection, { accountId, aiGateway }: BotConfig): Promise<Lack> {
  if (!aiGateway.enabled) return undefined;
  return (await probe(connection, `/accounts/${accountId}/ai-gateway/gateways`, permissions.aiGateway, () => undefined))
    .lack;
}

async function zoneOf(
  connection: Connection,
  { accountId, zoneId }: BotConfig,
  { worker }: BotNames,
  hostname: string | undefined,
): Promise<FoundZone> {
  if (hostname === undefined) return { zoneId: undefined, lack: undefined };
  return hostnameCheck(connection, { accountId, hostname, worker, zoneId });
}

async function teamOf(connection: Connection, { accountId, access }: BotConfig): Promise<FoundTeam> {
  return access === undefined ? { issuer: undefined, lacks: [] } : teamCheck(connection, accountId);
}

/** Everything that is missing, by who lacks it; undefined when nothing is. */
function describe({ accountId, apiBaseUrl }: BotConfig, account: readonly string[], chat: readonly string[]) {
  const section = (head: string, lacks: readonly string[]) =>
    lacks.length === 0 ? [] : [head, ...lacks.map((lack) => `  - ${lack}`)];
  const lines = [
    ...section(`The account ${accountId} at ${apiBaseUrl} is not ready:`, account),
    ...(account.some((lack) => lack.startsWith("The API token")) ? [tokensPage] : []),
    ...section("The bot could not talk on its chat platforms:", chat),
  ];
  return lines.length === 0 ? undefined : `Nothing was created. ${lines.join("\n")}`;
}

/** The value behind a configuration secret, which is never unknown. */
function secretValue(output: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
