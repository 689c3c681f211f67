import * as pulumi from "@pulumi/pulumi";
import { call, unlessGone } from "./api.ts";
import { CloudflareDynamicProvider, changedKeys, gone, type InputsOf } from "./dynamicProvider.ts";

/** Which bucket a stack keeps its snapshots in. */
export interface BucketClaimInputs {
  readonly accountId: string;
  readonly bucket: string;
  readonly jurisdiction: string;
  /** The bucket exists and is named in the configuration: it is used, and neither made nor deleted. */
  readonly adopted: boolean;
  /** The bucket outlives the stack. */
  readonly kept: boolean;
  /** Another bucket may take its place, although the snapshots stay behind in the first. */
  readonly allowReplacement: boolean;
}

/**
 * Looks a bucket up before anything is made: the provider would repeat a 409 for three minutes before it says "already exists",
 * and would swap a renamed bucket for an empty one without a word.
 */
class BucketClaimProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async check(olds: Partial<BucketClaimInputs>, news: BucketClaimInputs): Promise<pulumi.dynamic.CheckResult> {
    if (olds.bucket === news.bucket && olds.adopted === news.adopted) return { inputs: news, failures: [] };
    const exists = await this.exists(news);
    const failures: pulumi.dynamic.CheckFailure[] = [];
    if (exists && !news.adopted) failures.push({ property: "bucket", reason: occupied(news.bucket) });
    if (!exists && news.adopted) failures.push({ property: "bucket", reason: missing(news.bucket) });
    return { inputs: news, failures };
  }

  async diff(_id: string, olds: BucketClaimInputs, news: BucketClaimInputs): Promise<pulumi.dynamic.DiffResult> {
    const changed = changedKeys({ ...olds }, { ...news });
    const moved = ["accountId", "bucket", "jurisdiction"].filter((key) => changed.includes(key));
    if (moved.length > 0 && !news.allowReplacement) throw new Error(abandoned(olds.bucket, news.bucket));
    return { changes: changed.length > 0, replaces: moved };
  }

  async create(inputs: BucketClaimInputs): Promise<pulumi.dynamic.CreateResult> {
    return { id: inputs.bucket, outs: { ...inputs } };
  }

  /** An adopted bucket that is gone shows as gone; one of our own is watched by its own resource. */
  async read(id: string, props: BucketClaimInputs): Promise<pulumi.dynamic.ReadResult> {
    return props.adopted && !(await this.exists(props)) ? gone() : { id, props: { ...props } };
  }

  async update(_id: string, _olds: BucketClaimInputs, news: BucketClaimInputs): Promise<pulumi.dynamic.UpdateResult> {
    return { outs: { ...news } };
  }

  /** Nothing is deleted here; a bucket that stays behind is named, because nothing else on the screen does. */
  async delete(_id: string, { bucket, kept }: BucketClaimInputs): Promise<void> {
    if (kept) console.log(left(bucket));
  }

  async exists({ accountId, bucket, jurisdiction }: BucketClaimInputs): Promise<boolean> {
    const headers: Record<string, string> = jurisdiction === "default" ? {} : { "cf-r2-jurisdiction": jurisdiction };
    const path = `/accounts/${accountId}/r2/buckets/${bucket}`;
    return (await unlessGone(call(this.connection, "GET", path, { headers }))) !== undefined;
  }
}

const provider = new BucketClaimProvider();

/** A stack's claim to a bucket name. */
export class BucketClaim extends pulumi.dynamic.Resource {
  /** The bucket's name, known once the claim holds. */
  declare readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: InputsOf<BucketClaimInputs>, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "talaria", "BucketClaim");
  }
}

function occupied(bucket: string): string {
  return `the bucket ${bucket} exists in this account already, perhaps kept when a stack was destroyed.
Use it and the snapshots in it: pulumi config set --path talaria:snapshots.bucket ${bucket}
or delete it: npx wrangler r2 bucket delete ${bucket}`;
}

function left(bucket: string): string {
  return `The bucket ${bucket} is kept, with the snapshots in it.
Deploy onto it again: pulumi config set --path talaria:snapshots.bucket ${bucket}
or delete it in the dashboard (R2 > ${bucket}); its snapshots are lost then.`;
}

function missing(bucket: string): string {
  return `talaria:snapshots.bucket names ${bucket}, which does not exist in this account.
Correct the name, or let the stack make a bucket: pulumi config rm --path talaria:snapshots.bucket`;
}

function abandoned(old: string, wanted: string): string {
  return `the bot's snapshots are in the bucket ${old}; with ${wanted} it would start without them.
Keep the bucket: pulumi config set --path talaria:snapshots.bucket ${old}
or leave them behind on purpose: pulumi config set talaria:allowReplacement true`;
}
