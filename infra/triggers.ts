import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { WorkerSchedule } from "./cloudflare/workerSchedule.ts";
import type { BotConfig } from "./config.ts";

/** What a Worker's triggers are made from. */
export interface TriggersArgs {
  readonly config: BotConfig;
  readonly scriptName: pulumi.Input<string>;
  /** Where the Worker answers on workers.dev. */
  readonly workersDevUrl: pulumi.Output<string>;
  /** The zone of `hostname`, if one is configured. */
  readonly zoneId: string | undefined;
}

/** What calls the Worker: its clock and its address. They come last, when there is something to call. */
export class Triggers extends pulumi.ComponentResource {
  /** Where the bot answers. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: TriggersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:Triggers", name, {}, opts);
    const { config, scriptName, workersDevUrl, zoneId } = args;
    const { accountId, hostname, cron } = config;
    const parent = { parent: this };

    new WorkerSchedule(`${name}-schedule`, { accountId, scriptName, crons: [cron] }, parent);
    const workersDev = { accountId, scriptName, enabled: hostname === undefined, previewsEnabled: false };
    const subdomain = new cloudflare.WorkersScriptSubdomain(`${name}-workers-dev`, workersDev, parent);
    if (hostname === undefined) {
      this.url = pulumi.all([workersDevUrl, subdomain.enabled]).apply(([url]) => url);
    } else {
      const address = { accountId, hostname, service: scriptName, ...(zoneId === undefined ? {} : { zoneId }) };
      const domain = new cloudflare.WorkersCustomDomain(`${name}-domain`, address, parent);
      this.url = pulumi.interpolate`https://${domain.hostname}`;
    }
    this.registerOutputs({ url: this.url });
  }
}
