import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import type { AccessDeclaration } from "../worker/declarationSchema.ts";
import { WorkerPlace } from "./cloudflare/workerPlace.ts";
import type { AccessConfig } from "./config/access.ts";
import type { BotConfig } from "./config.ts";
import type { BotNames } from "./naming.ts";
import { Overlap } from "./overlap.ts";
import type { AccountFacts } from "./preflight.ts";

/** Two headers by which a program passes Access. */
export interface ServiceToken {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a gate is made from. */
export interface AccessGateArgs {
  readonly config: BotConfig;
  readonly names: BotNames;
  readonly account: AccountFacts;
}

/** Paths of the bot's address that are an operator's, each with everything below it. All others guard themselves. */
const operatorPaths = ["/api", "/console", "/dashboard"];

/** The gate of a bot, or nothing where none is configured. */
export function accessGate(
  name: string,
  args: AccessGateArgs,
  opts: pulumi.ComponentResourceOptions,
): AccessGate | undefined {
  const { config, account } = args;
  if (config.access === undefined) return undefined;
  if (account.issuer === undefined) throw new pulumi.RunError("The account's Access team is not known.");
  return new AccessGate(name, { ...args, access: config.access, issuer: account.issuer }, opts);
}

/** Cloudflare Access before the operator's part of a bot: who gets through, and how the Worker knows. */
export class AccessGate extends pulumi.ComponentResource {
  /** Whose word the Worker believes. */
  readonly declaration: pulumi.Output<AccessDeclaration>;
  /** The stack's own way through. */
  readonly serviceToken: pulumi.Output<ServiceToken>;

  constructor(
    name: string,
    args: AccessGateArgs & { readonly access: AccessConfig; readonly issuer: string },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("talaria:index:AccessGate", name, {}, opts);
    const { config, names, access, issuer } = args;
    const { accountId } = config;

    const token = new cloudflare.ZeroTrustAccessServiceToken(
      `${name}-token`,
      { accountId, name: names.access.serviceToken, duration: "8760h", ...rotated(name, config, this) },
      { parent: this, additionalSecretOutputs: ["clientSecret"] },
    );
    const policies = [...people(name, args, this), programs(name, args, token.id, this)];
    const applications = destinations(args).map(({ suffix, title, uris }) => {
      const place = placeOf(`${name}-place`, args, suffix, this);
      return new cloudflare.ZeroTrustAccessApplication(
        `${name}-${suffix}`,
        {
          ...{ accountId, type: "self_hosted", name: title, sessionDuration: access.sessionDuration },
          destinations: uris.map((uri) => ({ type: "public", uri })),
          policies: policies.map(({ id }, at) => ({ id, precedence: at + 1 })),
          appLauncherVisible: suffix === "dashboard",
        },
        { parent: this, dependsOn: place },
      );
    });

    this.declaration = pulumi.all(applications.map(({ aud }) => aud)).apply((audiences) => ({ issuer, audiences }));
    this.serviceToken = pulumi.secret(
      pulumi
        .all([token.clientId, token.clientSecret])
        .apply(([clientId, clientSecret]): ServiceToken => ({ clientId, clientSecret })),
    );
    this.registerOutputs({});
  }
}

/** Access makes the new secret itself and takes the one before it until the overlap is over. */
function rotated(name: string, { secretVersions, secretOverlapSeconds }: BotConfig, parent: pulumi.Resource) {
  const version = secretVersions.serviceToken;
  const overlap = new Overlap(`${name}-token-overlap`, { version, seconds: secretOverlapSeconds }, { parent });
  return version === 1 ? {} : { clientSecretVersion: version, previousClientSecretExpiresAt: overlap.until };
}

interface Protected {
  readonly suffix: "operators" | "dashboard";
  readonly title: string;
  readonly uris: readonly string[];
}

/** What is protected: paths of the bot's address, and all of the dashboard's. */
function destinations({ config, names, account }: AccessGateArgs): Protected[] {
  const host = config.hostname ?? `${names.worker}.${account.workersDev}.workers.dev`;
  const operators = operatorPaths.map((path) => host + path);
  const dashboard = config.dashboard.hostname;
  return [
    { suffix: "operators", title: names.access.operators, uris: operators },
    ...(dashboard === undefined
      ? []
      : [{ suffix: "dashboard", title: names.access.dashboard, uris: [dashboard] } as const]),
  ];
}

/** An application on workers.dev needs its Worker to be there. */
function placeOf(
  name: string,
  { config, names }: AccessGateArgs,
  suffix: Protected["suffix"],
  parent: pulumi.Resource,
): pulumi.Resource[] {
  if (config.hostname !== undefined || suffix === "dashboard") return [];
  return [new WorkerPlace(name, { accountId: config.accountId, scriptName: names.worker }, { parent })];
}

type GateParts = AccessGateArgs & { readonly access: AccessConfig };

/** The policy for people; none where only programs are let in. */
function people(
  name: string,
  { config: { accountId }, names, access }: GateParts,
  parent: pulumi.Resource,
): cloudflare.ZeroTrustAccessPolicy[] {
  const includes = [
    ...access.emails.map((email) => ({ email: { email } })),
    ...access.domains.map((domain) => ({ emailDomain: { domain } })),
    ...access.groups.map((id) => ({ group: { id } })),
  ];
  if (includes.length === 0) return [];
  const { sessionDuration } = access;
  const policy = { accountId, name: names.access.people, decision: "allow", includes, sessionDuration };
  return [new cloudflare.ZeroTrustAccessPolicy(`${name}-people`, policy, { parent })];
}

/** The policy for programs: the stack itself, and the service tokens that are configured. */
function programs(
  name: string,
  { config: { accountId }, names, access }: GateParts,
  own: pulumi.Output<string>,
  parent: pulumi.Resource,
): cloudflare.ZeroTrustAccessPolicy {
  const includes = [own, ...access.serviceTokens].map((tokenId) => ({ serviceToken: { tokenId } }));
  const { sessionDuration } = access;
  const policy = { accountId, name: names.access.programs, decision: "non_identity", includes, sessionDuration };
  return new cloudflare.ZeroTrustAccessPolicy(`${name}-programs`, policy, { parent });
}
