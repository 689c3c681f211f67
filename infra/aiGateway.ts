import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import type { AiGatewayDeclaration } from "../worker/model/aiGatewaySchema.ts";
import type { BotConfig } from "./config.ts";
import type { BotNames } from "./naming.ts";
import { permissionGroup } from "./permissionGroup.ts";

/** The only thing that the Worker's token may: send requests through a gateway of the account. */
const run = "AI Gateway Run";
const day = 86_400;
const minute = 60;

/** An AI Gateway of the stack's own, and the token by which the Worker passes it. */
export class AiGateway extends pulumi.ComponentResource {
  /** What the Worker is told. */
  readonly declaration: pulumi.Output<AiGatewayDeclaration>;
  /** Secret. */
  readonly token: pulumi.Output<string>;

  constructor(
    name: string,
    { config, names }: { config: BotConfig; names: BotNames },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("talaria:index:AiGateway", name, {}, opts);
    const { accountId } = config;
    const { logs, cacheSeconds, requestsPerMinute, dollarsPerDay, onFailure, baseUrl } = config.aiGateway;
    const parent = { parent: this };
    const gateway = new cloudflare.AiGateway(
      `${name}-gateway`,
      {
        ...{ accountId, aiGatewayId: names.aiGateway, authentication: true, collectLogs: logs },
        ...{ cacheTtl: cacheSeconds, cacheInvalidateOnUpdate: true },
        rateLimitingInterval: requestsPerMinute === undefined ? 0 : minute,
        rateLimitingLimit: requestsPerMinute ?? 0,
        rateLimitingTechnique: "sliding",
        ...(dollarsPerDay !== undefined && {
          spendLimits: {
            enabled: true,
            rules: [
              { id: "day", enabled: true, limit: dollarsPerDay, limitType: "cost", window: day, technique: "fixed" },
            ],
          },
        }),
      },
      parent,
    );
    const resources = JSON.stringify({ [`com.cloudflare.api.account.${accountId}`]: "*" });
    const policy = { effect: "allow", permissionGroups: [{ id: permissionGroup(accountId, run, this) }], resources };
    const token = new cloudflare.AccountToken(
      `${name}-token`,
      { accountId, name: names.aiGateway, policies: [policy] },
      { ...parent, additionalSecretOutputs: ["value"] },
    );
    this.token = pulumi.secret(token.value);
    this.declaration = gateway.aiGatewayId.apply((id) => ({
      ...{ url: `${baseUrl}/${accountId}/${id}`, logs, onFailure },
      caches: cacheSeconds > 0,
    }));
    this.registerOutputs({});
  }
}
