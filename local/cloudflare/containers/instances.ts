/** Instances of an application, answered from what the runtime really runs, and the account's container limits. */
import type { InstanceListResponse } from "cloudflare/resources/containers/applications/instances.js";
import type {
  CredentialGenerateParams,
  CredentialGenerateResponse,
} from "cloudflare/resources/containers/registries/credentials.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import { hexId, timestamp } from "../core/world.ts";
import { namespaceById, paid } from "./applications.ts";

const credentialSchema = z.strictObject({
  expiration_minutes: z.number().int().min(1),
  permissions: z.array(z.enum(["pull", "push", "list"])).min(1),
});
true satisfies Conforms<typeof credentialSchema, CredentialGenerateParams>;

/** Endpoints of instances, limits and registry credentials. */
export const instanceEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/accounts/:account/containers/me",
    needs: "Workers Containers Read",
    handle({ world }) {
      paid(world);
      return ok({
        external_account_id: world.accountId,
        limits: { vcpu_per_deployment: 4, memory_mib_per_deployment: 12_288, disk_mb_per_deployment: 20_000 },
      });
    },
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/containers/applications/:id/instances-v2",
    needs: "Workers Containers Read",
    query: z.strictObject({
      state: z.enum(["active", "not-active"]).optional(),
      name_prefix: z.string().optional(),
      per_page: z.coerce.number().int().min(1).optional(),
      page_token: z.string().optional(),
    }),
    async handle({ world, param, query }) {
      const application = paid(world).existing(param("id"));
      const { script, className } = namespaceById(world, application.namespaceId);
      const all = await world.runtime.instances(script, className);
      const wanted = all.filter((one) => !query.state || (query.state === "active") === (one.state === "running"));
      return ok<InstanceListResponse[]>(
        wanted.map((one) => ({
          id: one.id,
          application_id: application.id,
          image: one.image,
          started_at: one.startedAt,
          status: { state: one.state, updated_at: timestamp() },
        })),
      );
    },
  }),
  endpoint({
    method: "POST",
    path: "/accounts/:account/containers/registries/:domain/credentials",
    needs: "Workers Containers Write",
    body: credentialSchema,
    handle({ world, param }) {
      paid(world);
      if (param("domain") !== "registry.cloudflare.com") throw new ApiProblem("registryUnknown");
      return ok<CredentialGenerateResponse>({
        account_id: world.accountId,
        registry_host: world.registry?.host ?? param("domain"),
        username: world.registry?.username ?? "v1",
        password: world.registry?.password ?? hexId(),
      });
    },
  }),
];
