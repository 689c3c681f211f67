/** What the platform hands to the Worker, in the parts that its rooms take: each is given the bindings that it uses, by the names in `bindings.ts`. */
import type {
  buckets,
  ChatSecret,
  ClassName,
  chatSecrets,
  classes,
  configSecrets,
  emailBinding,
  GeneratedSecret,
  generatedSecrets,
  madeSecrets,
  ProviderName,
  providers,
  rateLimits,
  secretEnvironment,
  secretFiles,
} from "./bindings.ts";

/** The objects of a class. `T` is what of them is called. */
export type ObjectBinding<C extends ClassName, T extends Rpc.DurableObjectBranded> = {
  readonly [B in (typeof classes)[C]["binding"]]: DurableObjectNamespace<T>;
};

export type BucketBinding = { readonly [B in (typeof buckets)[keyof typeof buckets]]: R2Bucket };

/** Without one, a refusal is one all the same. */
export type RateLimitBindings = {
  readonly [L in (typeof rateLimits)[keyof typeof rateLimits]["binding"]]?: RateLimit;
};

export type EmailBinding = { readonly [E in typeof emailBinding]?: SendEmail };

type SecretName =
  | (typeof generatedSecrets)[GeneratedSecret]
  | (typeof providers)[ProviderName]["secret"]
  | (typeof chatSecrets)[ChatSecret]["secret"]
  | (typeof configSecrets)[keyof typeof configSecrets]
  | (typeof madeSecrets)[keyof typeof madeSecrets]
  | `${(typeof secretEnvironment)["binding"]}_${number}`
  | `${(typeof secretFiles)["binding"]}_${number}`;

/** Any may be absent: a missing one closes its door. */
export type Secrets = { readonly [S in SecretName]?: string };
