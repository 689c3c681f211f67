/** Container applications and their rollouts. */
import { z } from "zod";
import { ApiProblem } from "../core/problems.ts";
import type { Collection, Store } from "../core/store.ts";
import { storedConfigurationSchema } from "./configuration.ts";

/** Where instances may be placed; `tiers` is wrangler's. */
export const constraintsSchema = z.strictObject({
  tiers: z.array(z.number().int()).optional(),
  regions: z.array(z.string()).optional(),
  jurisdiction: z.string().optional(),
});
/** Whether the logs of instances are kept. */
export const observabilitySchema = z.strictObject({
  logs: z.strictObject({ enabled: z.boolean().optional() }).optional(),
});

const applicationSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  namespaceId: z.string(),
  version: z.number(),
  instances: z.number(),
  maxInstances: z.number(),
  gracePeriod: z.number(),
  configuration: storedConfigurationSchema,
  constraints: constraintsSchema.optional(),
  affinities: z.strictObject({ colocation: z.literal("datacenter").optional() }).optional(),
  observability: observabilitySchema.optional(),
  activeRollout: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
/** An application as it is kept. */
export type StoredApplication = z.infer<typeof applicationSchema>;

const rolloutSchema = z.strictObject({
  id: z.string(),
  applicationId: z.string(),
  description: z.string(),
  status: z.enum(["progressing", "completed", "reverted", "replaced"]),
  strategy: z.literal("rolling"),
  kind: z.enum(["full_auto", "full_manual"]),
  steps: z.array(z.strictObject({ percentage: z.number(), description: z.string() })),
  fromVersion: z.number(),
  from: storedConfigurationSchema,
  to: storedConfigurationSchema,
  totalInstances: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
/** A rollout as it is kept. */
export type StoredRollout = z.infer<typeof rolloutSchema>;

/** Applications and rollouts. */
export class ContainerState {
  readonly applications: Collection<StoredApplication>;
  readonly rollouts: Collection<StoredRollout>;

  constructor(store: Store) {
    this.applications = store.collection("applications", applicationSchema);
    this.rollouts = store.collection("rollouts", rolloutSchema);
  }

  /** The application, or a refusal. */
  existing(id: string): StoredApplication {
    const application = this.applications.get(id);
    if (!application) throw new ApiProblem("applicationMissing");
    return application;
  }

  /** A namespace has at most one application. */
  ofNamespace(namespaceId: string): StoredApplication | undefined {
    return this.applications.all().find((one) => one.namespaceId === namespaceId);
  }
}
