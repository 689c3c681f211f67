import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { accessGate, type ServiceToken } from "./accessGate.ts";
import { AiGateway } from "./aiGateway.ts";
import { BotWorker } from "./botWorker.ts";
import { ImageRetention } from "./cloudflare/imageRetention.ts";
import type { BotConfig } from "./config.ts";
import { Converge } from "./converge.ts";
import { BotImages, type ImageReferences } from "./images.ts";
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
  /** Declared and running image of each application. */
  readonly images: SandboxApplications["images"];
  /** What the account's images take. */
  readonly imageStorage: pulumi.Output<string>;
  readonly hashes: BotWorker["hashes"];
  readonly recovery: pulumi.Output<RecoveryKey>;
  /** Where Hermes' dashboard answers. */
  readonly dashboardUrl: pulumi.Output<string>;
  /** Lets the stack's own calls through Access; undefined without Access. */
  readonly accessServiceToken: pulumi.Output<ServiceToken> | undefined;

  constructor(name: string, { config, names, account }: HermesBotArgs, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:HermesBot", name, {}, { ...opts, providers: [cloudflareProvider(config)] });
    const parent = { parent: this };

    const { references: images, repositories } = new BotImages(`${name}-images`, { config, names }, parent);
    const store = new SnapshotStore(`${name}-snapshots`, { config, names }, parent);
    const gate = accessGate(`${name}-gate`, { config, names, account }, parent);
    const gateway = config.aiGateway.enabled ? new AiGateway(`${name}-models`, { config, names }, parent) : undefined;
    const parts = { config, names, images, bucket: store.bucket, access: gate?.declaration, gateway };
    const worker = new BotWorker(`${name}-worker`, parts, parent);
    const { scriptName, url: workersDevUrl } = worker;
    const sandboxes = new SandboxApplications(`${name}-sandboxes`, { config, names, images, scriptName }, parent);
    const storage = imageStorage(
      `${name}-retention`,
      { config, repositories, images },
      { ...parent, dependsOn: [sandboxes] },
    );
    const placed = { ...parent, dependsOn: [sandboxes] };
    const triggers = new Triggers(`${name}-triggers`, { config, scriptName, workersDevUrl, account }, placed);
    const when = [worker.version, worker.hashes.declaration, ...Object.values(images)];
    const { adminToken } = worker;
    new Converge(
      `${name}-converge`,
      { url: triggers.url, adminToken, serviceToken: gate?.serviceToken, when },
      { ...parent, dependsOn: [sandboxes, triggers] },
    );

    this.url = triggers.url;
    this.adminToken = worker.adminToken;
    this.clientToken = worker.clientToken;
    this.images = sandboxes.images;
    this.imageStorage = storage;
    this.hashes = worker.hashes;
    this.recovery = store.recovery;
    this.dashboardUrl = triggers.dashboardUrl;
    this.accessServiceToken = gate?.serviceToken;
    this.registerOutputs({ url: this.url });
  }
}

interface StorageArgs {
  readonly config: BotConfig;
  readonly repositories: readonly string[];
  readonly images: ImageReferences;
}

/** Old images go once the new ones are declared. A stack that pushes none has nothing to keep in bounds. */
function imageStorage(
  name: string,
  { config, repositories, images }: StorageArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (repositories.length === 0) return pulumi.output("the stack pushes no images");
  const { accountId, imageRegistry: registry, keepImages: keep } = config;
  const used = pulumi.all(Object.values(images));
  return new ImageRetention(name, { accountId, registry, repositories: [...repositories], keep, used }, opts).storage;
}

/** Cloudflare's provider, told where and as whom by the stack's own configuration. */
function cloudflareProvider({ apiToken, apiBaseUrl }: BotConfig): cloudflare.Provider {
  return new cloudflare.Provider("cloudflare", { apiToken, baseUrl: apiBaseUrl });
}
