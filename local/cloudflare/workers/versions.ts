/** Versions and deployments. Every version is deployed at 100% when it is made. */
import type { Deployment, DeploymentListResponse } from "cloudflare/resources/workers/scripts/deployments.js";
import type { VersionGetResponse } from "cloudflare/resources/workers/scripts/versions.js";
import { z } from "zod";
import { type Endpoint, endpoint, paging } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import { currentVersion, type StoredVersion, type StoredWorker } from "./state.ts";

const script = "/accounts/:account/workers/scripts/:name";

/** The client types `bindings` as an empty object; the API answers the list that wrangler reads namespaces from. */
type Version = Omit<VersionGetResponse, "resources"> & {
  resources: Omit<VersionGetResponse.Resources, "bindings"> & { bindings: StoredVersion["bindings"] };
};

/** Endpoints of versions and deployments. */
export const versionEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: `${script}/deployments`,
    needs: "Workers Scripts Read",
    query: z.strictObject(paging),
    handle({ world, param }) {
      const { versions } = world.workers.existing(param("name"));
      return ok<DeploymentListResponse>({ deployments: versions.toReversed().slice(0, 10).map(deployment) });
    },
  }),
  endpoint({
    method: "GET",
    path: `${script}/versions`,
    needs: "Workers Scripts Read",
    query: z.strictObject({ ...paging, deployable: z.enum(["true", "false"]).optional() }),
    handle({ world, param }) {
      const worker = world.workers.existing(param("name"));
      const items = worker.versions
        .toReversed()
        .map((one) => ({ id: one.id, number: one.number, metadata: metadata(one) }));
      return ok({ items });
    },
  }),
  endpoint({
    method: "GET",
    path: `${script}/versions/:version`,
    needs: "Workers Scripts Read",
    handle({ world, param }) {
      const worker = world.workers.existing(param("name"));
      const version = worker.versions.find((one) => one.id === param("version"));
      if (!version) throw new ApiProblem("versionMissing", { id: param("version") });
      return ok<Version>(shown(worker, version));
    },
  }),
];

function deployment(version: StoredVersion): Deployment {
  return {
    id: version.deploymentId,
    created_on: version.createdOn,
    source: "api",
    strategy: "percentage",
    versions: [{ version_id: version.id, percentage: 100 }],
  };
}

function metadata(version: StoredVersion): NonNullable<VersionGetResponse["metadata"]> {
  return { created_on: version.createdOn, modified_on: version.createdOn, source: "api" };
}

/** Code and classes are kept of the newest version only; older ones answer their bindings. */
function shown(worker: StoredWorker, version: StoredVersion): Version {
  const { compatibility_date, compatibility_flags } = worker.settings;
  const newest = version === currentVersion(worker);
  return {
    id: version.id,
    number: version.number,
    metadata: metadata(version),
    resources: {
      bindings: version.bindings,
      script: { ...(newest ? { etag: worker.etag } : {}), last_deployed_from: "api" },
      script_runtime: {
        usage_model: "standard",
        compatibility_flags: compatibility_flags ?? [],
        ...(compatibility_date ? { compatibility_date } : {}),
        ...(newest ? { exports: livingExports(worker) } : {}),
      },
    },
  };
}

function livingExports(
  worker: StoredWorker,
): Record<string, { type: "durable-object"; storage: "sqlite" | "legacy-kv"; container?: string }> {
  return Object.fromEntries(
    Object.entries(worker.exports).flatMap(([name, one]) =>
      "storage" in one
        ? [[name, { type: one.type, storage: one.storage, ...(one.container ? { container: one.container } : {}) }]]
        : [],
    ),
  );
}
