import { createHash } from "node:crypto";
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import { BucketClaim } from "./cloudflare/bucketClaim.ts";
import type { BotConfig } from "./config.ts";
import type { BotNames } from "./naming.ts";
import { Overlap } from "./overlap.ts";
import { permissionGroup } from "./permissionGroup.ts";

/** What opens the snapshots without the Worker: `restic -r <repository>` with these keys and the repository password. */
export interface RecoveryKey {
  /** `s3:<endpoint>/<bucket>`, as restic takes it. */
  readonly repository: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly jurisdiction: string;
  /** Where a new key is made when this one is gone. */
  readonly apiBaseUrl: string;
  readonly accountId: string;
  /** The configuration key that holds the repository password. It is no output: it must outlive the stack. */
  readonly passwordKey: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Reads objects of one bucket, nothing else. */
const readOnly = "Workers R2 Storage Bucket Item Read";

/** Where the bot's home survives: an R2 bucket that outlives the stack, and a key to recover it by. */
export class SnapshotStore extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;
  readonly recovery: pulumi.Output<RecoveryKey>;

  constructor(
    name: string,
    { config, names }: { config: BotConfig; names: BotNames },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("talaria:index:SnapshotStore", name, {}, opts);
    const { accountId, snapshots, allowReplacement } = config;
    const bucket = snapshots.bucket ?? names.bucket;
    const adopted = snapshots.bucket !== undefined;
    const { jurisdiction } = snapshots;
    const kept = adopted || !config.deleteSnapshots;
    const claimed = { accountId, bucket, jurisdiction, adopted, kept, allowReplacement };
    const claim = new BucketClaim(`${name}-claim`, claimed, { parent: this });

    this.bucket = adopted ? claim.bucket : createBucket(name, claim, config, this);
    const token = recoveryToken(name, names.recoveryToken, bucketResource(config, bucket), this.bucket, config, this);
    this.recovery = pulumi.secret(
      pulumi.all([this.bucket, token.id, token.value]).apply(([ready, id, value]) => ({
        repository: `s3:${s3Endpoint(config)}/${ready}`,
        endpoint: s3Endpoint(config),
        bucket: ready,
        jurisdiction,
        apiBaseUrl: config.apiBaseUrl,
        accountId,
        passwordKey: `${config.project}:repositoryPassword`,
        accessKeyId: id,
        secretAccessKey: createHash("sha256").update(value).digest("hex"), // R2's rule for S3 credentials of a token
      })),
    );
    this.registerOutputs({ bucket: this.bucket });
  }
}

/** Kept when the stack is destroyed, unless the configuration says otherwise. */
function createBucket(
  name: string,
  claim: BucketClaim,
  config: BotConfig,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { accountId, snapshots, deleteSnapshots } = config;
  const { location, jurisdiction } = snapshots;
  const bucket = new cloudflare.R2Bucket(
    `${name}-bucket`,
    { accountId, name: claim.bucket, jurisdiction, ...(location === undefined ? {} : { location }) },
    // The platform answers the location in capitals and may choose another one: never a reason to touch the bucket.
    { parent, retainOnDelete: !deleteSnapshots, ignoreChanges: ["location"] },
  );
  return bucket.name;
}

/**
 * An account token that reads this one bucket: a person's way to the snapshots when the Worker is gone. Its value is told
 * when it is made, so a rotation makes another token beside it; the one before expires when the overlap is over, and is
 * removed with the next rotation.
 */
function recoveryToken(
  name: string,
  tokenName: string,
  resource: string,
  bucket: pulumi.Output<string>,
  { accountId, secretVersions, secretOverlapSeconds }: BotConfig,
  parent: pulumi.Resource,
): cloudflare.AccountToken {
  const version = secretVersions.r2Token;
  const overlap = new Overlap(`${name}-token-overlap`, { version, seconds: secretOverlapSeconds }, { parent });
  const group = permissionGroup(accountId, readOnly, parent);
  const resources = bucket.apply(() => JSON.stringify({ [resource]: "*" }));
  const policy = { effect: "allow", permissionGroups: [{ id: group }], resources };
  const make = (of: number, expiry: { expiresOn?: pulumi.Output<string> }) => {
    const suffix = of === 1 ? "" : `-${of}`;
    const args = { accountId, name: tokenName + suffix, policies: [policy], ...expiry };
    return new cloudflare.AccountToken(`${name}-token${suffix}`, args, { parent, additionalSecretOutputs: ["value"] });
  };
  if (version > 1) make(version - 1, { expiresOn: overlap.until });
  return make(version, {});
}

function bucketResource({ accountId, snapshots }: BotConfig, bucket: string): string {
  return `com.cloudflare.edge.r2.bucket.${accountId}_${snapshots.jurisdiction}_${bucket}`;
}

/** R2's S3 address; a loopback Cloudflare serves its buckets at its own origin. */
function s3Endpoint({ accountId, apiBaseUrl, snapshots }: BotConfig): string {
  const { hostname, origin } = new URL(apiBaseUrl);
  if (hostname !== "api.cloudflare.com") return origin;
  const part = snapshots.jurisdiction === "default" ? "" : `.${snapshots.jurisdiction}`;
  return `https://${accountId}${part}.r2.cloudflarestorage.com`;
}
