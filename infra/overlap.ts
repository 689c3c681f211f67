import * as pulumi from "@pulumi/pulumi";
import { textOf } from "./providerText.ts";

/** A rotation of something that the platform makes. */
export interface OverlapInputs {
  /** Another number is another rotation. */
  readonly version: number;
  /** Seconds for which what was there before stays valid after a rotation. */
  readonly seconds: number;
}

interface OverlapState extends OverlapInputs {
  /** ISO 8601; kept until the next rotation. */
  readonly until: string;
}

class OverlapProvider implements pulumi.dynamic.ResourceProvider {
  async diff(_id: string, olds: OverlapState, news: OverlapInputs): Promise<pulumi.dynamic.DiffResult> {
    const same = olds.version === news.version && olds.seconds === news.seconds;
    return { changes: !same || textOf(olds) !== textOf(news) };
  }

  async create(inputs: OverlapInputs): Promise<pulumi.dynamic.CreateResult> {
    return { id: "overlap", outs: { ...inputs, until: after(inputs.seconds) } };
  }

  async update(_id: string, olds: OverlapState, news: OverlapInputs): Promise<pulumi.dynamic.UpdateResult> {
    return { outs: { ...news, until: olds.version === news.version ? olds.until : after(news.seconds) } };
  }
}

const provider = new OverlapProvider();

/** Remembers until when the predecessor of a rotated credential stays valid: the moment of the rotation and the overlap. */
export class Overlap extends pulumi.dynamic.Resource {
  declare readonly until: pulumi.Output<string>;

  constructor(name: string, args: OverlapInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, until: undefined }, opts, "talaria", "Overlap");
  }
}

/** Without fractions of a second, as Cloudflare writes times. */
function after(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
