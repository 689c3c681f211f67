import * as pulumi from "@pulumi/pulumi";
import { call, unlessGone } from "./api.ts";
import { CloudflareDynamicProvider, difference, gone, type InputsOf } from "./dynamicProvider.ts";

/** A Worker's name on workers.dev, before there is code for it. */
export interface WorkerPlaceInputs {
  readonly accountId: string;
  readonly scriptName: string;
}

/** Binding by which an empty Worker is known as one that keeps a place. */
export const placeMark = "TALARIA_PLACE";

/** Answers for the minute until the bot's own code takes its place. */
const emptyWorker = `export default {
  fetch: () => new Response("This bot is being deployed.\\n", { status: 503, headers: { "retry-after": "10" } }),
};
`;

class WorkerPlaceProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async diff(_id: string, olds: WorkerPlaceInputs, news: WorkerPlaceInputs): Promise<pulumi.dynamic.DiffResult> {
    return difference({ ...olds }, { ...news }, ["accountId", "scriptName"]);
  }

  /** A Worker that is there already keeps its place itself. */
  async create(inputs: WorkerPlaceInputs): Promise<pulumi.dynamic.CreateResult> {
    const bindings = await this.bindings(inputs);
    if (bindings === undefined) {
      const form = emptyForm();
      await call(this.connection, "PUT", `${script(inputs)}?excludeScript=true&bindings_inherit=strict`, { form });
    }
    return { id: inputs.scriptName, outs: inputs };
  }

  async read(id: string, props: WorkerPlaceInputs): Promise<pulumi.dynamic.ReadResult> {
    return (await this.bindings(props)) === undefined ? gone() : { id, props, inputs: props };
  }

  async update(_id: string, _olds: WorkerPlaceInputs, news: WorkerPlaceInputs): Promise<pulumi.dynamic.UpdateResult> {
    return { outs: news };
  }

  /** What has taken the place is not this resource's to delete. */
  async delete(_id: string, props: WorkerPlaceInputs): Promise<void> {
    if ((await this.bindings(props))?.includes(placeMark))
      await unlessGone(call(this.connection, "DELETE", script(props)));
  }

  /** Names of what the Worker is bound to; undefined when there is none. */
  async bindings(props: WorkerPlaceInputs): Promise<readonly string[] | undefined> {
    const { z } = await import("zod");
    const settings = await unlessGone(call(this.connection, "GET", `${script(props)}/settings`));
    if (settings === undefined) return undefined;
    const shape = z.object({ bindings: z.array(z.object({ name: z.string() })).default([]) });
    return shape.parse(settings).bindings.map(({ name }) => name);
  }
}

const provider = new WorkerPlaceProvider();

/**
 * An empty Worker where there is none yet. An Access application on workers.dev is made for a Worker that exists, and the
 * bot's own upload needs that application's audience: this comes before both.
 */
export class WorkerPlace extends pulumi.dynamic.Resource {
  declare readonly scriptName: pulumi.Output<string>;

  constructor(name: string, args: InputsOf<WorkerPlaceInputs>, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "talaria", "WorkerPlace");
  }
}

function script({ accountId, scriptName }: WorkerPlaceInputs): string {
  return `/accounts/${accountId}/workers/scripts/${scriptName}`;
}

function emptyForm(): FormData {
  const form = new FormData();
  const metadata = {
    main_module: "index.js",
    compatibility_date: "2026-11-01",
    bindings: [{ name: placeMark, type: "plain_text", text: "kept for the bot" }],
  };
  form.set("metadata", JSON.stringify(metadata));
  form.set("index.js", new File([emptyWorker], "index.js", { type: "application/javascript+module" }));
  return form;
}
