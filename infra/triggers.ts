import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { WorkerSchedule } from "./cloudflare/workerSchedule.ts";
import type { BotConfig } from "./config.ts";
import type { AccountFacts } from "./preflight.ts";

/** What a Worker's triggers are made from. */
export interface TriggersArgs {
  readonly config: BotConfig;
  readonly scriptName: pulumi.Input<string>;
  /** Where the Worker answers on workers.dev. */
  readonly workersDevUrl: pulumi.Output<string>;
  /** Holds the zones of the hostnames that are configured. */
  readonly account: AccountFacts;
}

/** What calls the Worker: its clock and its address. They come last, when there is something to call. */
export class Triggers extends pulumi.ComponentResource {
  /** Where the bot answers. */
  readonly url: pulumi.Output<string>;
  /** Where Hermes' dashboard answers. */
  readonly dashboardUrl: pulumi.Output<string>;

  constructor(name: string, args: TriggersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:Triggers", name, {}, opts);
    const { config, scriptName, workersDevUrl, account } = args;
    const { accountId, hostname, dashboard, cron } = config;
    const parent = { parent: this };

    new WorkerSchedule(`${name}-schedule`, { accountId, scriptName, crons: [cron] }, parent);
    const workersDev = { accountId, scriptName, enabled: hostname === undefined, previewsEnabled: false };
    const subdomain = new cloudflare.WorkersScriptSubdomain(`${name}-workers-dev`, workersDev, parent);
    if (hostname === undefined) {
      this.url = pulumi.all([workersDevUrl, subdomain.enabled]).apply(([url]) => url);
    } else {
      const domain = customDomain(`${name}-domain`, args, hostname, account.zoneId, this);
      this.url = pulumi.interpolate`https://${domain.hostname}`;
    }
    if (dashboard.hostname === undefined) {
      this.dashboardUrl = pulumi.interpolate`${this.url}/dashboard`;
    } else {
      const domain = customDomain(`${name}-dashboard`, args, dashboard.hostname, account.dashboardZoneId, this);
      this.dashboardUrl = pulumi.all([domain.hostname, workersDevUrl]).apply(([host, at]) => addressOf(host, at));
    }
    this.registerOutputs({ url: this.url });
  }
}

/** A hostname that leads to the Worker; Cloudflare makes its DNS record and its certificate. */
function customDomain(
  name: string,
  { config: { accountId }, scriptName }: TriggersArgs,
  hostname: string,
  zoneId: string | undefined,
  parent: pulumi.Resource,
): cloudflare.WorkersCustomDomain {
  const address = { accountId, hostname, service: scriptName, ...(zoneId === undefined ? {} : { zoneId }) };
  return new cloudflare.WorkersCustomDomain(name, address, { parent });
}

/** A name below `localhost` has no certificate, and the port of the Worker beside it on a loopback Cloudflare. */
function addressOf(hostname: string, workersDevUrl: string): string {
  if (!hostname.endsWith(".localhost")) return `https://${hostname}`;
  return `http://${hostname}:${new URL(workersDevUrl).port}`;
}
