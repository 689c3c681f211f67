import * as pulumi from "@pulumi/pulumi";
import { call } from "./api.ts";
import { CloudflareDynamicProvider, changedKeys, type InputsOf } from "./dynamicProvider.ts";
import { collectGarbage, deleteImage, describeTag, listTags, type Manifest, type Registry } from "./registry.ts";
import { digestOf, type StoredImage, toPrune } from "./retention.ts";

/** What of the stack's images is to stay. */
export interface ImageRetentionInputs {
  readonly accountId: string;
  /** Host of the registry. */
  readonly registry: string;
  /** The stack's own repositories, with host and account. Nothing else is ever deleted. */
  readonly repositories: readonly string[];
  /** Images that stay in each, the newest first. */
  readonly keep: number;
  /** References that the stack declares. */
  readonly used: readonly string[];
}

interface ImageRetentionState extends ImageRetentionInputs {
  /** References that were declared before: they stay, too, so that there is a way back. */
  readonly before: readonly string[];
  /** What the account's images take, in words. */
  readonly storage: string;
}

/** What Cloudflare keeps for an account. */
const allowedBytes = 50e9;
/** Manifests that are read at most, so that an account with very many images does not hold up a deployment. */
const mostImages = 300;

class ImageRetentionProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async diff(_id: string, olds: ImageRetentionState, news: ImageRetentionInputs): Promise<pulumi.dynamic.DiffResult> {
    return { changes: changedKeys({ ...olds }, { ...news }).some((key) => !["before", "storage"].includes(key)) };
  }

  async create(inputs: ImageRetentionInputs): Promise<pulumi.dynamic.CreateResult> {
    return { id: inputs.repositories[0] ?? "images", outs: await this.tidy(inputs, []) };
  }

  async update(
    _id: string,
    olds: ImageRetentionState,
    news: ImageRetentionInputs,
  ): Promise<pulumi.dynamic.UpdateResult> {
    if (changedKeys({ ...olds }, toInputs(news)).length === 0) {
      return { outs: { ...toInputs(news), before: olds.before, storage: olds.storage } };
    }
    const moved = changedKeys({ used: olds.used }, { used: news.used }).length > 0;
    return { outs: await this.tidy(news, moved ? olds.used : olds.before) };
  }

  /** A registry that cannot be tidied does not fail a deployment that is done; the stack's output says why. */
  async tidy(inputs: ImageRetentionInputs, before: readonly string[]): Promise<ImageRetentionState> {
    const { accountId, registry, repositories, keep, used } = inputs;
    const plain = { ...toInputs(inputs), before };
    try {
      const login = await this.logIn(inputs);
      const { images, bytes, complete } = await survey(login, accountId);
      const own = images.filter(({ repository }) => repositories.includes(`${registry}/${repository}`));
      const kept = [...used, ...before, ...(await this.running(inputs))].map(digestOf);
      const pruned = toPrune(own, { keep, used: kept });
      for (const { repository, tag, digest } of pruned) await deleteImage(login, repository, tag, digest);
      if (pruned.length > 0) await collectGarbage(login);
      const size = `${complete ? "" : "more than "}${(bytes / 1e9).toFixed(2)} GB of ${allowedBytes / 1e9} GB`;
      const gone = pruned.length === 0 ? "" : `, of which ${pruned.length} old ones were just deleted`;
      return { ...plain, storage: `${images.length} images, ${size}${gone}` };
    } catch (error) {
      return { ...plain, storage: `unknown: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  async logIn({ accountId, registry: host }: ImageRetentionInputs): Promise<Registry> {
    const { z } = await import("zod");
    const path = `/accounts/${accountId}/containers/registries/registry.cloudflare.com/credentials`;
    const json = { expiration_minutes: 5, permissions: ["push", "pull"] };
    const login = z.object({ username: z.string(), password: z.string() });
    return { host, ...login.parse(await call(this.connection, "POST", path, { json })) };
  }

  /** What any application of the account is set to run. */
  async running({ accountId }: ImageRetentionInputs): Promise<string[]> {
    const { z } = await import("zod");
    const answer = await call(this.connection, "GET", `/accounts/${accountId}/containers/applications`);
    const applications = z.array(z.object({ configuration: z.object({ image: z.string() }) }));
    return applications.parse(answer ?? []).map(({ configuration }) => configuration.image);
  }
}

const provider = new ImageRetentionProvider();

/** Keeps the number of images in the registry in bounds, and says what they take. Acts only when the declared images change. */
export class ImageRetention extends pulumi.dynamic.Resource {
  declare readonly storage: pulumi.Output<string>;

  constructor(name: string, args: InputsOf<ImageRetentionInputs>, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, before: undefined, storage: undefined }, opts, "talaria", "ImageRetention");
  }
}

/** The inputs alone, without what the engine adds to them. */
function toInputs({ accountId, registry, repositories, keep, used }: ImageRetentionInputs): ImageRetentionInputs & {
  readonly [key: string]: unknown;
} {
  return { accountId, registry, repositories, keep, used };
}

interface Survey {
  readonly images: readonly StoredImage[];
  /** A layer that images share is counted once. */
  readonly bytes: number;
  readonly complete: boolean;
}

async function survey(registry: Registry, accountId: string): Promise<Survey> {
  const tags = Object.entries(await listTags(registry, accountId));
  const all = tags.flatMap(([repository, names]) => names.map((tag) => [repository, tag] as const));
  const images: StoredImage[] = [];
  const blobs: Record<string, number> = {};
  for (const [repository, tag] of all.slice(0, mostImages)) {
    const manifest: Manifest | undefined = await describeTag(registry, repository, tag);
    if (manifest === undefined) continue;
    images.push({ repository, tag, digest: manifest.digest, createdAt: manifest.createdAt });
    Object.assign(blobs, manifest.blobs);
  }
  const bytes = Object.values(blobs).reduce((sum, size) => sum + size, 0);
  return { images, bytes, complete: all.length <= mostImages };
}
