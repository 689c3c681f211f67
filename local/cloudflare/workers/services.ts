/** Other views of a Worker: the service (wrangler's first question), the beta resource (its URL), its namespaces. */
import type { Namespace } from "cloudflare/resources/durable-objects/namespaces/namespaces.js";
import type { Worker } from "cloudflare/resources/workers/beta/workers/workers.js";
import { z } from "zod";
import { type Endpoint, endpoint, paging } from "../core/endpoint.ts";
import { ok, page } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import type { StoredWorker } from "./state.ts";

/** wrangler reads `useSqlite`, the official client types `use_sqlite`; the API answers both. */
type ShownNamespace = Namespace & { useSqlite: boolean };

/** Endpoints of services, beta Workers and namespaces. */
export const serviceEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/accounts/:account/workers/services/:name",
    needs: "Workers Scripts Read",
    handle({ world, param }) {
      const worker = world.workers.workers.get(param("name"));
      if (!worker) throw new ApiProblem("serviceMissing");
      const { tag, createdOn: created_on, modifiedOn: modified_on } = worker;
      const script = { id: worker.name, tag, tags: worker.settings.tags ?? [], last_deployed_from: "api" };
      const environment = { environment: "production", created_on, modified_on, script };
      return ok({
        id: worker.name,
        created_on,
        modified_on,
        default_environment: environment,
        environments: [environment],
      });
    },
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/workers/workers",
    needs: "Workers Scripts Read",
    query: z.strictObject(paging),
    handle: async ({ world, query }) =>
      page(await Promise.all(world.workers.workers.all().map((one) => shown(world, one))), query),
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/workers/workers/:worker",
    needs: "Workers Scripts Read",
    async handle({ world, param }) {
      const worker = world.workers.workers.all().find((one) => [one.name, one.tag].includes(param("worker")));
      if (!worker) throw new ApiProblem("scriptMissing");
      return ok<Worker>(await shown(world, worker));
    },
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/workers/durable_objects/namespaces",
    needs: "Workers Scripts Read",
    query: z.strictObject(paging),
    handle({ world, query }) {
      const all = world.workers.namespaces.all().map(({ id, script, className }) => ({
        id,
        class: className,
        name: `${script}_${className}`,
        script,
        use_sqlite: true,
        useSqlite: true,
      }));
      return page<ShownNamespace>(all, query);
    },
  }),
];

async function shown(world: World, worker: StoredWorker): Promise<Worker> {
  const { observability, logpush, tags } = worker.settings;
  return {
    id: worker.tag,
    name: worker.name,
    created_on: worker.createdOn,
    updated_on: worker.modifiedOn,
    deployed_on: worker.modifiedOn,
    logpush: logpush ?? false,
    tags: tags ?? [],
    tail_consumers: [],
    observability: { enabled: observability?.enabled ?? false },
    subdomain: { ...worker.subdomain, url: await world.runtime.url(worker.name) },
    references: {
      dispatch_namespace_outbounds: [],
      domains: domainsOf(world, worker),
      durable_objects: [],
      queues: [],
      workers: [],
    },
  };
}

function domainsOf(world: World, worker: StoredWorker): Worker.References.Domain[] {
  return world.workers.domains
    .all()
    .filter((one) => one.service === worker.name)
    .map(({ id, cert_id, hostname, zone_id, zone_name }) => ({
      id,
      certificate_id: cert_id,
      hostname,
      zone_id,
      zone_name,
    }));
}
