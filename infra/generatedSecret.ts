import * as pulumi from "@pulumi/pulumi";
import type { RotatingSecret } from "../worker/bindings.ts";
import { textOf } from "./providerText.ts";

/** A random secret that lives in the stack's state. */
export interface GeneratedSecretInputs {
  /** Another number rotates the secret. */
  readonly version: number;
  /** Seconds for which the previous value stays valid after a rotation. */
  readonly overlapSeconds: number;
  /** What the value begins with, so that a person can tell one from another. */
  readonly prefix: string;
}

interface GeneratedSecretState extends GeneratedSecretInputs {
  /** JSON text of {@link RotatingSecret}. */
  readonly value: string;
  readonly current: string;
}

class GeneratedSecretProvider implements pulumi.dynamic.ResourceProvider {
  async diff(_id: string, olds: GeneratedSecretState, news: GeneratedSecretInputs): Promise<pulumi.dynamic.DiffResult> {
    const { version, overlapSeconds, prefix } = news;
    const same = olds.version === version && olds.overlapSeconds === overlapSeconds && olds.prefix === prefix;
    return { changes: !same || textOf(olds) !== textOf(news) };
  }

  async create(inputs: GeneratedSecretInputs): Promise<pulumi.dynamic.CreateResult> {
    return { id: `${inputs.prefix}secret`, outs: state(inputs, { current: await draw(inputs.prefix) }) };
  }

  async update(
    _id: string,
    olds: GeneratedSecretState,
    news: GeneratedSecretInputs,
  ): Promise<pulumi.dynamic.UpdateResult> {
    if (olds.version === news.version) return { outs: { ...news, value: olds.value, current: olds.current } };
    const previousUntil = new Date(Date.now() + news.overlapSeconds * 1000).toISOString();
    return { outs: state(news, { current: await draw(news.prefix), previous: olds.current, previousUntil }) };
  }
}

const provider = new GeneratedSecretProvider();

/** A random secret with the one before it, made once and rotated by its `version`. Both outputs are secret. */
export class GeneratedSecret extends pulumi.dynamic.Resource {
  /** What the Worker is given: JSON text of {@link RotatingSecret}. */
  declare readonly value: pulumi.Output<string>;
  /** What a caller uses now. */
  declare readonly current: pulumi.Output<string>;

  constructor(name: string, args: GeneratedSecretInputs, opts?: pulumi.CustomResourceOptions) {
    const secret = { ...opts, additionalSecretOutputs: ["value", "current"] };
    super(provider, name, { ...args, value: undefined, current: undefined }, secret, "talaria", "GeneratedSecret");
  }
}

/** 256 random bits. */
async function draw(prefix: string): Promise<string> {
  const { randomBytes } = await import("node:crypto");
  return prefix + randomBytes(32).toString("base64url");
}

function state(inputs: GeneratedSecretInputs, secret: RotatingSecret): GeneratedSecretState {
  return { ...inputs, value: JSON.stringify(secret), current: secret.current };
}
