import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { BotWorker } from "./botWorker.ts";
import type { BotConfig } from "./config.ts";
import { Converge } from "./converge.ts";
import { type BotImages, botImages } from "./images.ts";
import type { BotNames } from "./naming.ts";
import type { AccountFacts } from "./preflight.ts";
import { SandboxApplications } from "./sandboxApplications.ts";
import { type RecoveryKey, SnapshotStore } from "./snapshotStore.ts";
import { Triggers } from "./triggers.ts";

/** What a bot is made from. */
export interface HermesBotArgs {
  readonly config: BotConfig;
  readonly names: BotNames;
  readonly account: AccountFacts;
}

/** Everything that one bot owns in a Cloudflare account. One stack makes exactly one. */
export class HermesBot extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  readonly adminToken: pulumi.Output<string>;
  readonly clientToken: pulumi.Output<string>;
  readonly images: BotImages;
  readonly hashes: BotWorker["hashes"];
  readonly recovery: pulumi.Output<RecoveryKey>;

  constructor(name: string, { config, names, account }: HermesBotArgs, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:HermesBot", name, {}, { ...opts, providers: [cloudflareProvider(config)] });
    const parent = { parent: this };
    const { zoneId } = account;

    const images = botImages(config, names);
    const store = new SnapshotStore(`${name}-snapshots`, { config, names }, parent);
    const worker = new BotWorker(`${name}-worker`, { config, names, images, bucket: store.bucket }, parent);
    const { scriptName, url: workersDevUrl } = worker;
    const sandboxes = new SandboxApplications(`${name}-sandboxes`, { config, names, images, scriptName }, parent);
    const placed = { ...parent, dependsOn: [sandboxes] };
    const triggers = new Triggers(`${name}-triggers`, { config, scriptName, workersDevUrl, zoneId }, placed);
    const when = [worker.version, worker.hashes.declaration, ...Object.values(images)];
    const { adminToken } = worker;
    new Converge(
      `${name}-converge`,
      { url: triggers.url, adminToken, when },
      { ...parent, dependsOn: [sandboxes, triggers] },
    );

    this.url = triggers.url;
    this.adminToken = worker.adminToken;
    this.clientToken = worker.clientToken;
    this.images = images;
    this.hashes = worker.hashes;
    this.recovery = store.recovery;
    this.registerOutputs({ url: this.url });
  }
}

/** Cloudflare's provider, told where and as whom by the stack's own configuration. */
function cloudflareProvider({ apiToken, apiBaseUrl }: BotConfig): cloudflare.Provider {
  return new cloudflare.Provider("cloudflare", { apiToken, baseUrl: apiBaseUrl });
}
