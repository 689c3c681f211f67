import * as pulumi from "@pulumi/pulumi";
import type {
  ApplicationCreateParams,
  ApplicationEditParams,
} from "cloudflare/resources/containers/applications/applications";
import type { RolloutCreateParams } from "cloudflare/resources/containers/applications/rollouts";
import type { DeclaredSize } from "../../worker/cost/sizes.ts";
import { type ApiError, call, unlessGone } from "./api.ts";
import { sizeOrder, toldSize } from "./applicationSize.ts";
import { CloudflareDynamicProvider, changedKeys, difference, gone, type InputsOf } from "./dynamicProvider.ts";

/** The image that the containers of one Durable Object class run, and how many there may be. */
export interface ContainerApplicationInputs {
  readonly accountId: string;
  readonly name: string;
  /** The Worker and its class that own the containers. Fixed: another class is another application. */
  readonly scriptName: string;
  readonly className: string;
  /** Image reference, with a digest or a tag. */
  readonly image: string;
  /** What each container is given. */
  readonly instanceType: DeclaredSize;
  /** Containers at once, with room for one that is being replaced. */
  readonly maxInstances: number;
  /** Percent of the running containers that a rollout replaces at a time. */
  readonly rolloutStep: number;
  /** A rollout leaves containers alone that are younger than this many seconds, until they are older. */
  readonly rolloutGraceSeconds: number;
}

/** An application with what its containers ran when it was last read: images, none twice. */
interface ContainerApplicationState extends ContainerApplicationInputs {
  readonly running: readonly string[];
}

type CreateRequest = Omit<ApplicationCreateParams.CcContainersCreateScheduledApplicationRequest, "account_id">;
type EditRequest = Omit<ApplicationEditParams, "account_id">;
type RolloutRequest = Omit<RolloutCreateParams, "account_id">;

/** Code of "this Durable Object namespace has an application"; its message is JSON with the application's id. */
const alreadyHasApplication = 1608;

/** Properties that only a rollout changes. */
const rolledOut = ["image", "instanceType"];
/** Properties that change without one. */
const patched = ["maxInstances", "rolloutGraceSeconds"];

class ContainerApplicationProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async diff(
    _id: string,
    olds: ContainerApplicationInputs,
    news: ContainerApplicationInputs,
  ): Promise<pulumi.dynamic.DiffResult> {
    return difference({ ...olds }, { ...news }, ["accountId", "name", "scriptName", "className"]);
  }

  /** A half-finished `up` may have left one: it is adopted. */
  async create(inputs: ContainerApplicationInputs): Promise<pulumi.dynamic.CreateResult> {
    const namesake = await this.findByName(inputs);
    if (namesake !== undefined) await this.refuseStranger(namesake, inputs);
    const existing = namesake ?? (await this.createOrFind(inputs));
    const { id, ...seen } = await toState(existing, inputs);
    await this.change(id, seen, inputs);
    return { id, outs: { ...inputs, running: [] } };
  }

  /** A container that keeps another image than the declared one, with no rollout under way, is drift. */
  async read(id: string, props: ContainerApplicationState): Promise<pulumi.dynamic.ReadResult> {
    const found = await unlessGone(call(this.connection, "GET", `${path(props)}/${id}`));
    if (found === undefined) return gone();
    const { id: _same, ...application } = await toState(found, props);
    const running = await this.runningImages(id, props);
    const left = isRollingOut(found) ? undefined : running.find((image) => isAnother(image, application.image));
    const seen = { ...application, ...(left !== undefined && { image: left }) };
    return { id, props: { ...props, ...seen, running }, inputs: { ...seen } };
  }

  async runningImages(id: string, props: ContainerApplicationInputs): Promise<string[]> {
    const { z } = await import("zod");
    const answer = await unlessGone(call(this.connection, "GET", `${path(props)}/${id}/instances-v2?state=active`));
    const instances = z.array(z.object({ image: z.string() })).parse(answer ?? []);
    return [...new Set(instances.map(({ image }) => image))].sort();
  }

  async update(
    id: string,
    olds: ContainerApplicationState,
    news: ContainerApplicationInputs,
  ): Promise<pulumi.dynamic.UpdateResult> {
    await this.change(id, olds, news);
    return { outs: { ...news, running: olds.running ?? [] } };
  }

  async delete(id: string, props: ContainerApplicationInputs): Promise<void> {
    await unlessGone(call(this.connection, "DELETE", `${path(props)}/${id}`));
  }

  /** Brings an application from one set of inputs to another; returns when the platform has accepted. */
  async change(id: string, olds: ContainerApplicationInputs, news: ContainerApplicationInputs): Promise<void> {
    const changed = changedKeys({ ...olds }, { ...news });
    const application = `${path(news)}/${id}`;
    if (changed.some((key) => patched.includes(key)))
      await call(this.connection, "PATCH", application, { json: toEdit(news) });
    if (!changed.some((key) => rolledOut.includes(key))) return;
    await call(this.connection, "POST", `${application}/rollouts`, { json: toRollout(news) });
  }

  async findByName(inputs: ContainerApplicationInputs): Promise<unknown> {
    const { z } = await import("zod");
    const result = await call(this.connection, "GET", `${path(inputs)}?name=${encodeURIComponent(inputs.name)}`);
    const found = z.array(z.looseObject({ name: z.string() })).parse(result ?? []);
    return found.find(({ name }) => name === inputs.name);
  }

  /** An application of our name that runs another Worker's class is a stranger's, and is left alone. */
  async refuseStranger(
    found: unknown,
    { accountId, name, scriptName, className }: ContainerApplicationInputs,
  ): Promise<void> {
    const { z } = await import("zod");
    const { durable_objects } = z
      .object({ durable_objects: z.object({ namespace_id: z.string() }).optional() })
      .parse(found);
    const answer = await call(
      this.connection,
      "GET",
      `/accounts/${accountId}/workers/durable_objects/namespaces?per_page=1000`,
    );
    const namespaces = z.array(
      z.object({ id: z.string(), script: z.string().optional(), class: z.string().optional() }),
    );
    const owner = namespaces.parse(answer).find(({ id }) => id === durable_objects?.namespace_id);
    if (owner?.script === scriptName && owner.class === className) return;
    throw new Error(
      `A container application ${name} exists in this account and belongs to ${owner?.script ?? "no Worker"}, not to ${scriptName}.
Delete it (npx wrangler containers list, npx wrangler containers delete <id>), or deploy under another stack name.`,
    );
  }

  async createOrFind(inputs: ContainerApplicationInputs): Promise<unknown> {
    try {
      return await call(this.connection, "POST", path(inputs), { json: toRequest(inputs) });
    } catch (error) {
      const { codes, message } = error as ApiError;
      const id = /"id"\s*:\s*"([\w-]+)"/.exec(message.replaceAll("\\", ""))?.[1];
      if (!codes.includes(alreadyHasApplication) || id === undefined) throw error;
      return await call(this.connection, "GET", `${path(inputs)}/${id}`);
    }
  }
}

const provider = new ContainerApplicationProvider();

/** A container application of Cloudflare, which no Pulumi provider offers. */
export class ContainerApplication extends pulumi.dynamic.Resource {
  /** The declared image. */
  declare readonly image: pulumi.Output<string>;
  /** What its containers ran when the account was last asked. */
  declare readonly running: pulumi.Output<readonly string[]>;

  constructor(name: string, args: InputsOf<ContainerApplicationInputs>, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, running: undefined }, opts, "talaria", "ContainerApplication");
  }
}

function path({ accountId }: ContainerApplicationInputs): string {
  return `/accounts/${accountId}/containers/applications`;
}

function toRequest(inputs: ContainerApplicationInputs): CreateRequest {
  return {
    name: inputs.name,
    scheduling_policy: "default",
    instances: 0,
    max_instances: inputs.maxInstances,
    configuration: { image: inputs.image, ...sizeOrder(inputs.instanceType) },
    observability: { logs: { enabled: true } },
    durable_objects: { script_name: inputs.scriptName, class_name: inputs.className },
    rollout_active_grace_period: inputs.rolloutGraceSeconds,
  };
}

function toEdit({ maxInstances, rolloutGraceSeconds }: ContainerApplicationInputs): EditRequest {
  return { max_instances: maxInstances, rollout_active_grace_period: rolloutGraceSeconds };
}

function toRollout({ image, instanceType, rolloutStep }: ContainerApplicationInputs): RolloutRequest {
  return {
    description: "talaria",
    strategy: "rolling",
    kind: "full_auto",
    step_percentage: rolloutStep as RolloutRequest["step_percentage"],
    target_configuration: { image, ...sizeOrder(instanceType) },
  };
}

async function toState(
  answer: unknown,
  known: ContainerApplicationInputs,
): Promise<ContainerApplicationInputs & { id: string }> {
  const { z } = await import("zod");
  const application = z
    .object({
      id: z.string(),
      name: z.string(),
      max_instances: z.number().optional(),
      rollout_active_grace_period: z.number().optional(),
      configuration: z.object({
        image: z.string(),
        instance_type: z.string().optional(),
        vcpu: z.number().optional(),
        memory_mib: z.number().optional(),
        disk: z.object({ size_mb: z.number().optional() }).optional(),
      }),
    })
    .parse(answer);
  const { image, ...size } = application.configuration;
  return {
    ...pick(known),
    id: application.id,
    name: application.name,
    image,
    instanceType: toldSize(size, known.instanceType),
    maxInstances: application.max_instances ?? known.maxInstances,
    rolloutGraceSeconds: application.rollout_active_grace_period ?? known.rolloutGraceSeconds,
  };
}

/** The inputs alone, without what the engine adds to them. */
function pick(inputs: ContainerApplicationInputs): ContainerApplicationInputs {
  const { accountId, name, scriptName, className, image, instanceType, maxInstances } = inputs;
  const { rolloutStep, rolloutGraceSeconds } = inputs;
  return {
    accountId,
    name,
    scriptName,
    className,
    image,
    instanceType,
    maxInstances,
    rolloutStep,
    rolloutGraceSeconds,
  };
}

function isRollingOut(answer: unknown): boolean {
  const { active_rollout_id } = answer as { readonly active_rollout_id?: unknown };
  return typeof active_rollout_id === "string" && active_rollout_id !== "";
}

/** Whether two references name different images: by digest where both have one, else by tag; unlike forms tell nothing. */
function isAnother(one: string, other: string): boolean {
  const digest = (reference: string) => /@(sha256:[0-9a-f]+)$/.exec(reference)?.[1];
  const [first, second] = [digest(one), digest(other)];
  if (first !== undefined && second !== undefined) return first !== second;
  return first === second && one !== other;
}
