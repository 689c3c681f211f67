/** Custom domains of Workers. They are kept and answered; nothing on this machine resolves them. */
import type { DomainGetResponse, DomainUpdateParams } from "cloudflare/resources/workers/domains.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World, Zone } from "../core/world.ts";
import { hexId, uuid } from "../core/world.ts";

const documented = z.strictObject({
  hostname: z.string().min(1),
  service: z.string().min(1),
  zone_id: z.string().optional(),
  zone_name: z.string().optional(),
});
true satisfies Conforms<typeof documented, DomainUpdateParams>;
/** `environment` is deprecated and still sent by the Pulumi provider. */
const domainSchema = documented.extend({ environment: z.literal("production").optional() });

const domains = "/accounts/:account/workers/domains";

/** Endpoints of custom domains. */
export const domainEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: domains,
    needs: "Workers Scripts Read",
    query: z.strictObject({
      hostname: z.string().optional(),
      service: z.string().optional(),
      zone_id: z.string().optional(),
      zone_name: z.string().optional(),
      environment: z.string().optional(),
    }),
    handle: ({ world, query }) =>
      ok<DomainGetResponse[]>(
        world.workers.domains
          .all()
          .filter((one) => Object.entries(query).every(([key, value]) => one[key as keyof typeof query] === value)),
      ),
  }),
  endpoint({
    method: "PUT",
    path: domains,
    needs: "Workers Scripts Write",
    body: domainSchema,
    handle({ world, body }) {
      const { hostname, service } = body;
      world.workers.existing(service);
      const zone = zoneOf(world, body);
      const before = world.workers.domains.all().find((one) => one.hostname === hostname);
      const id = before?.id ?? hexId();
      const names = { zone_id: zone.id, zone_name: zone.name, environment: "production" };
      return ok<DomainGetResponse>(
        world.workers.domains.put(id, { id, cert_id: before?.cert_id ?? uuid(), hostname, service, ...names }),
      );
    },
  }),
  endpoint({
    method: "GET",
    path: `${domains}/:id`,
    needs: "Workers Scripts Read",
    handle: ({ world, param }) => ok<DomainGetResponse>(existing(world, param("id"))),
  }),
  endpoint({
    method: "DELETE",
    path: `${domains}/:id`,
    needs: "Workers Scripts Write",
    handle({ world, param }) {
      world.workers.domains.delete(existing(world, param("id")).id);
      return ok({ id: param("id") });
    },
  }),
];

function existing(world: World, id: string): DomainGetResponse {
  const domain = world.workers.domains.get(id);
  if (!domain) throw new ApiProblem("domainMissing", { id });
  return domain;
}

function zoneOf(world: World, { hostname, zone_id, zone_name }: z.infer<typeof documented>): Zone {
  const zone = world.zones.find(
    (one) => (!zone_id || one.id === zone_id) && (!zone_name || one.name === zone_name) && within(hostname, one.name),
  );
  if (zone) return zone;
  throw new ApiProblem("domainOutsideZone", { hostname, zone: zone_id ?? zone_name ?? "(any of the account)" });
}

function within(hostname: string, zone: string): boolean {
  return hostname === zone || hostname.endsWith(`.${zone}`);
}
