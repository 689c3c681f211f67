/** Rollouts: the only way to another image or size. New containers start with the target at once, running ones are replaced. */
import type {
  RolloutCreateParams,
  RolloutCreateResponse,
} from "cloudflare/resources/containers/applications/rollouts.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { timestamp, uuid } from "../core/world.ts";
import { namespaceById, paid } from "./applications.ts";
import {
  configurationSchema,
  type DeclaredConfiguration,
  expand,
  type OwnRegistry,
  type StoredConfiguration,
} from "./configuration.ts";
import { containerProblem } from "./problems.ts";
import type { StoredApplication, StoredRollout } from "./state.ts";

const step = z.strictObject({
  description: z.string(),
  step_size: z.strictObject({ percentage: z.number().min(10).max(100) }),
});
const stepPercentage = z.union([
  z.literal(5),
  z.literal(10),
  z.literal(20),
  z.literal(25),
  z.literal(50),
  z.literal(100),
]);

const rolloutSchema = z.strictObject({
  description: z.string(),
  strategy: z.literal("rolling"),
  kind: z.literal("full_auto").optional(),
  step_percentage: stepPercentage.optional(),
  steps: z.array(step).min(1).optional(),
  target_configuration: configurationSchema.partial(),
});
true satisfies Conforms<typeof rolloutSchema, Omit<RolloutCreateParams, "account_id">>;

type Rollout = Omit<RolloutCreateResponse, "current_configuration" | "target_configuration"> & {
  current_configuration: StoredConfiguration;
  target_configuration: StoredConfiguration;
};

const path = "/accounts/:account/containers/applications/:id/rollouts";

/** Endpoints of rollouts. */
export const rolloutEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path,
    needs: "Workers Containers Read",
    query: z.strictObject({ limit: z.coerce.number().int().min(1).optional() }),
    handle({ world, param, query }) {
      const application = paid(world).existing(param("id"));
      const all = world.containers.rollouts.all().filter((one) => one.applicationId === application.id);
      return ok<Rollout[]>(all.toReversed().slice(0, query.limit).map(shown));
    },
  }),
  endpoint({
    method: "POST",
    path,
    needs: "Workers Containers Write",
    body: rolloutSchema,
    async handle({ world, param, body }) {
      const before = paid(world).existing(param("id"));
      const namespace = namespaceById(world, before.namespaceId);
      const steps = stepsOf(body);
      const to = retarget(world, before.configuration, body.target_configuration);
      const instances = await world.runtime.instances(namespace.script, namespace.className);
      const rollout: StoredRollout = {
        id: uuid(),
        applicationId: before.id,
        description: body.description,
        status: "progressing",
        strategy: "rolling",
        kind: body.kind ?? "full_auto",
        steps,
        fromVersion: before.version,
        from: before.configuration,
        to,
        totalInstances: instances.filter((one) => one.state === "running").length,
        createdAt: timestamp(),
        updatedAt: timestamp(),
      };
      replaceActive(world, before);
      await world.runtime.setImage(namespace.script, namespace.className, to.image, to.memory_mib);
      world.containers.rollouts.put(rollout.id, rollout);
      world.containers.applications.put(before.id, {
        ...before,
        configuration: to,
        version: before.version + 1,
        activeRollout: rollout.id,
        updatedAt: timestamp(),
      });
      void carryOut(world, rollout);
      return ok<Rollout>(shown(rollout));
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/:rollout`,
    needs: "Workers Containers Read",
    handle({ world, param }) {
      const rollout = paid(world).rollouts.get(param("rollout"));
      if (rollout?.applicationId !== param("id")) throw new ApiProblem("rolloutMissing");
      return ok<Rollout>(shown(rollout));
    },
  }),
];

/** Replaces the running containers; whoever polls the rollout sees how it ended, and a failure is logged. */
export async function carryOut(world: World, rollout: StoredRollout): Promise<void> {
  const application = world.containers.applications.get(rollout.applicationId);
  const namespace = application && world.workers.namespaces.get(application.namespaceId);
  if (!namespace) return;
  const { script, className } = namespace;
  try {
    const minAgeMs = application.gracePeriod * 1000;
    await world.runtime.rollout(script, className, { graceMs: world.rolloutGraceMs, minAgeMs });
    settle(world, rollout.id, "completed");
  } catch (error) {
    world.log(
      `rollout of ${script}.${className} failed, going back: ${error instanceof Error ? error.message : String(error)}`,
    );
    const current = world.containers.applications.get(rollout.applicationId);
    if (current?.activeRollout !== rollout.id) return;
    world.containers.applications.put(current.id, {
      ...current,
      configuration: rollout.from,
      version: current.version + 1,
    });
    await world.runtime.setImage(script, className, rollout.from.image, rollout.from.memory_mib);
    settle(world, rollout.id, "reverted");
  }
}

/** A rollout that a newer one or a delete has overtaken is left as it is. */
function settle(world: World, id: string, status: StoredRollout["status"]): void {
  const rollout = world.containers.rollouts.get(id);
  if (rollout?.status !== "progressing") return;
  world.containers.rollouts.put(id, { ...rollout, status, updatedAt: timestamp() });
  const application = world.containers.applications.get(rollout.applicationId);
  if (application?.activeRollout !== id) return;
  const { activeRollout: _, ...idle } = application;
  world.containers.applications.put(idle.id, idle);
}

function replaceActive(world: World, application: StoredApplication): void {
  if (application.activeRollout) settle(world, application.activeRollout, "replaced");
}

function stepsOf(body: z.infer<typeof rolloutSchema>): StoredRollout["steps"] {
  if ((body.steps === undefined) === (body.step_percentage === undefined)) {
    throw containerProblem("VALIDATE_INPUT", { steps: "exactly one of steps and step_percentage is needed" });
  }
  const size = body.step_percentage ?? 100;
  const even = Array.from({ length: 100 / size }, (_, index) => ({
    percentage: (index + 1) * size,
    description: `Step ${index + 1}`,
  }));
  const steps =
    body.steps?.map((one) => ({ percentage: one.step_size.percentage, description: one.description })) ?? even;
  const rising = steps.every((one, index) => one.percentage > (steps[index - 1]?.percentage ?? 0));
  if (rising && steps.at(-1)?.percentage === 100) return steps;
  throw containerProblem("VALIDATE_INPUT", {
    steps: "percentages are cumulative: each above the one before, the last 100",
  });
}

/** The target named by its fields; what it leaves out stays as it was. */
function retarget(
  owner: OwnRegistry,
  before: StoredConfiguration,
  target: Partial<DeclaredConfiguration>,
): StoredConfiguration {
  const sized =
    target.instance_type !== undefined ||
    target.vcpu !== undefined ||
    target.memory_mib !== undefined ||
    target.disk !== undefined;
  const { vcpu, memory_mib, disk, ...rest } = before;
  const declared = expand(owner, { ...rest, ...target });
  return sized ? declared : { ...declared, vcpu, memory_mib, disk };
}

function shown(rollout: StoredRollout): Rollout {
  const done = rollout.status === "completed";
  return {
    id: rollout.id,
    created_at: rollout.createdAt,
    started_at: rollout.createdAt,
    last_updated_at: rollout.updatedAt,
    description: rollout.description,
    status: rollout.status,
    strategy: rollout.strategy,
    kind: rollout.kind,
    current_version: rollout.fromVersion,
    target_version: rollout.fromVersion + 1,
    current_configuration: rollout.from,
    target_configuration: rollout.to,
    health: { instances: { active: rollout.totalInstances, assigned: 0 }, errors: [], summary: "healthy" },
    progress: {
      current_step: done ? rollout.steps.length : 0,
      total_steps: rollout.steps.length,
      total_instances: rollout.totalInstances,
      updated_instances: done ? rollout.totalInstances : 0,
    },
    steps: rollout.steps.map((one, index) => ({
      id: index + 1,
      description: one.description,
      status: done ? "completed" : index === 0 ? "progressing" : "pending",
      step_size: { percentage: one.percentage },
    })),
  };
}
