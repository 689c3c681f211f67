/** Container applications: created for a Durable Object class, modified without touching the image, deleted. */
import type {
  ApplicationCreateParams,
  ApplicationDeleteResponse,
  ApplicationGetResponse,
} from "cloudflare/resources/containers/applications/applications.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { timestamp, uuid } from "../core/world.ts";
import type { StoredNamespace } from "../workers/state.ts";
import { configurationSchema, expand, type StoredConfiguration } from "./configuration.ts";
import { alreadyHasApplication, containerProblem } from "./problems.ts";
import { constraintsSchema, observabilitySchema, type StoredApplication } from "./state.ts";

const target = z.union([
  z.strictObject({ namespace_id: z.string() }),
  z.strictObject({ script_name: z.string(), class_name: z.string() }),
]);

/** An application without a Durable Object class is legal at Cloudflare; nothing here could run it, so the class is needed. */
const documented = z.strictObject({
  name: z.string().min(1).max(128),
  scheduling_policy: z.literal("default"),
  instances: z.number().int().min(0),
  max_instances: z.number().int().min(1),
  configuration: configurationSchema,
  durable_objects: target,
  constraints: constraintsSchema.optional(),
  observability: observabilitySchema.optional(),
  rollout_active_grace_period: z.number().int().min(0).optional(),
});
true satisfies Conforms<typeof documented, ApplicationCreateParams.CcContainersCreateScheduledApplicationRequest>;

/** With wrangler's `affinities`, which the official client does not type. */
const createSchema = documented.extend({
  affinities: z.strictObject({ colocation: z.literal("datacenter").optional() }).optional(),
});

/** wrangler also sends `configuration` and `scheduling_policy`: neither changes by PATCH. */
const editSchema = createSchema
  .pick({
    max_instances: true,
    constraints: true,
    affinities: true,
    observability: true,
    rollout_active_grace_period: true,
    scheduling_policy: true,
  })
  .extend({ configuration: configurationSchema.partial() })
  .partial();

/** The client's type with the size spelled out, which the real API answers in place of `instance_type`. */
type Shown = Extract<ApplicationGetResponse, { instances: number }> & {
  configuration: StoredConfiguration;
  durable_objects: { namespace_id: string };
};

const path = "/accounts/:account/containers/applications";

/** Endpoints of container applications. */
export const applicationEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path,
    needs: "Workers Containers Read",
    query: z.strictObject({
      name: z.string().optional(),
      image: z.string().optional(),
      per_page: z.coerce.number().int().min(1).optional(),
      page_token: z.string().optional(),
    }),
    async handle({ world, query }) {
      const found = paid(world)
        .applications.all()
        .filter(
          (one) =>
            (!query.name || one.name === query.name) && (!query.image || one.configuration.image === query.image),
        );
      return ok<Shown[]>(await Promise.all(found.map((one) => shown(world, one))));
    },
  }),
  endpoint({
    method: "POST",
    path,
    needs: "Workers Containers Write",
    body: createSchema,
    async handle({ world, body }) {
      const namespace = namespaceOf(world, body.durable_objects);
      const taken = paid(world).ofNamespace(namespace.id);
      if (taken) throw alreadyHasApplication(taken);
      if (world.containers.applications.all().some((one) => one.name === body.name)) {
        throw containerProblem("VALIDATE_INPUT", { name: `an application named "${body.name}" exists` });
      }
      const id = uuid();
      const application: StoredApplication = {
        id,
        name: body.name,
        namespaceId: namespace.id,
        version: 1,
        instances: body.instances,
        maxInstances: body.max_instances,
        gracePeriod: body.rollout_active_grace_period ?? 0,
        configuration: expand(world, body.configuration),
        constraints: body.constraints,
        affinities: body.affinities,
        observability: body.observability,
        createdAt: timestamp(),
        updatedAt: timestamp(),
      };
      checkTotals(world, application);
      await world.runtime.setImage(
        namespace.script,
        namespace.className,
        application.configuration.image,
        application.configuration.memory_mib,
      );
      return ok<Shown>(await shown(world, world.containers.applications.put(id, application)));
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/:id`,
    needs: "Workers Containers Read",
    handle: async ({ world, param }) => ok<Shown>(await shown(world, paid(world).existing(param("id")))),
  }),
  endpoint({
    method: "PATCH",
    path: `${path}/:id`,
    needs: "Workers Containers Write",
    body: editSchema,
    async handle({ world, param, body }) {
      const before = paid(world).existing(param("id"));
      const after: StoredApplication = {
        ...before,
        maxInstances: body.max_instances ?? before.maxInstances,
        gracePeriod: body.rollout_active_grace_period ?? before.gracePeriod,
        constraints: body.constraints ?? before.constraints,
        affinities: body.affinities ?? before.affinities,
        observability: body.observability ?? before.observability,
        updatedAt: timestamp(),
      };
      checkTotals(world, after);
      return ok<Shown>(await shown(world, world.containers.applications.put(after.id, after)));
    },
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/:id`,
    needs: "Workers Containers Write",
    async handle({ world, param }) {
      await deleteApplication(world, paid(world).existing(param("id")));
      return ok<ApplicationDeleteResponse>({ message: "Application deleted" });
    },
  }),
];

/** Deletes an application with its instances and rollouts. */
export async function deleteApplication(world: World, application: StoredApplication): Promise<void> {
  const namespace = world.workers.namespaces.get(application.namespaceId);
  world.containers.applications.delete(application.id);
  for (const one of world.containers.rollouts.all()) {
    if (one.applicationId === application.id) world.containers.rollouts.delete(one.id);
  }
  if (!namespace) return;
  await world.runtime.setImage(namespace.script, namespace.className, undefined);
  await world.runtime.destroyInstances(namespace.script, namespace.className);
}

/** The containers of an account on the paid plan. */
export function paid(world: World): World["containers"] {
  if (!world.plan.paidPlan) throw new ApiProblem("containersNeedPaidPlan");
  return world.containers;
}

/** The class that an application runs for. */
export function namespaceById(world: World, id: string): StoredNamespace {
  const namespace = world.workers.namespaces.get(id);
  if (!namespace) throw containerProblem("DURABLE_OBJECT_NOT_FOUND", { namespace_id: id });
  return namespace;
}

function namespaceOf(world: World, wanted: z.infer<typeof target>): StoredNamespace {
  const namespace =
    "namespace_id" in wanted
      ? world.workers.namespaces.get(wanted.namespace_id)
      : world.workers.namespace(wanted.script_name, wanted.class_name);
  if (!namespace) throw containerProblem("DURABLE_OBJECT_NOT_FOUND", wanted);
  const worker = world.workers.existing(namespace.script);
  if (worker.containerClasses.includes(namespace.className)) return namespace;
  throw containerProblem("DURABLE_OBJECT_NOT_CONTAINER_ENABLED", { class_name: namespace.className });
}

/** 1,500 vCPU, 6 TiB of memory and 30 TB of disk: what all applications of an account may run at once. */
function checkTotals(world: World, candidate: StoredApplication): void {
  const all = [...world.containers.applications.all().filter((one) => one.id !== candidate.id), candidate];
  const sum = (of: (size: StoredConfiguration) => number): number =>
    all.reduce((total, one) => total + one.maxInstances * of(one.configuration), 0);
  const totals = {
    vcpu: sum((size) => size.vcpu),
    memory_mib: sum((size) => size.memory_mib),
    disk_mb: sum((size) => size.disk.size_mb),
  };
  if (totals.vcpu <= 1500 && totals.memory_mib <= 6 * 1024 * 1024 && totals.disk_mb <= 30_000_000) return;
  throw containerProblem("SURPASSED_TOTAL_LIMITS", {
    max_instances: `${candidate.maxInstances} would bring the account to ${JSON.stringify(totals)}`,
  });
}

/** An application as the API answers it, its health taken from the running instances. */
export async function shown(world: World, application: StoredApplication): Promise<Shown> {
  const namespace = world.workers.namespaces.get(application.namespaceId);
  const instances = namespace ? await world.runtime.instances(namespace.script, namespace.className) : [];
  const active = instances.filter((one) => one.state === "running").length;
  const { constraints, affinities, observability, activeRollout } = application;
  return {
    id: application.id,
    account_id: world.accountId,
    name: application.name,
    version: application.version,
    scheduling_policy: "default",
    instances: application.instances,
    max_instances: application.maxInstances,
    configuration: application.configuration,
    durable_objects: { namespace_id: application.namespaceId },
    rollout_active_grace_period: application.gracePeriod,
    created_at: application.createdAt,
    updated_at: application.updatedAt,
    health: { instances: { active, assigned: 0 }, errors: [], summary: "healthy" },
    ...(constraints ? { constraints } : {}),
    ...(affinities ? { affinities } : {}),
    ...(observability ? { observability } : {}),
    ...(activeRollout ? { active_rollout_id: activeRollout } : {}),
  };
}
