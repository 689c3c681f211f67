/** Upload, read and delete of Workers. */
import type { ScriptListResponse, ScriptUpdateResponse } from "cloudflare/resources/workers/scripts/scripts.js";
import { z } from "zod";
import { deleteApplication } from "../containers/applications.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { deployUpload } from "./deploy.ts";
import { loadModules, readUpload } from "./form.ts";
import { currentVersion, type StoredWorker } from "./state.ts";

const scripts = "/accounts/:account/workers/scripts";

/** What the upload answers beyond the official client's type: the version's id without hyphens, as wrangler reads it. */
type UploadResult = ScriptUpdateResponse & { deployment_id: string; tag: string };

const flag = z.enum(["true", "false"]);

/** Endpoints of Workers as uploads. */
export const scriptEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: scripts,
    needs: "Workers Scripts Read",
    handle: ({ world }) => ok<ScriptListResponse[]>(world.workers.workers.all().map(shown)),
  }),
  endpoint({
    method: "PUT",
    path: `${scripts}/:name`,
    needs: "Workers Scripts Write",
    query: z.strictObject({ excludeScript: flag.optional(), bindings_inherit: z.literal("strict").optional() }),
    form: readUpload,
    async handle({ world, param, body }) {
      const name = param("name");
      if (!/^[a-z0-9_][a-z0-9_-]{0,62}$/.test(name)) {
        throw new ApiProblem("requestInvalid", {
          why: `"${name}" is not a Worker name: lower-case letters, digits, "-" and "_", at most 63`,
        });
      }
      const { worker, startupMs } = await deployUpload(world, name, body.metadata, await loadModules(body.modules));
      return ok<UploadResult>({
        ...shown(worker),
        tag: worker.tag,
        entry_point: worker.mainModule,
        startup_time_ms: startupMs,
        deployment_id: currentVersion(worker).id.replaceAll("-", ""),
      });
    },
  }),
  ...["", "/content/v2"].map((suffix) =>
    endpoint({
      method: "GET",
      path: `${scripts}/:name${suffix}`,
      needs: "Workers Scripts Read",
      handle({ world, param }) {
        const worker = world.workers.existing(param("name"));
        const form = new FormData();
        for (const { name, contentType, content } of world.workers.readModules(worker)) {
          form.append(name, new File([Buffer.from(content)], name, { type: contentType }));
        }
        return new Response(form, { headers: { "cf-entrypoint": worker.mainModule, etag: worker.etag } });
      },
    }),
  ),
  endpoint({
    method: "DELETE",
    path: `${scripts}/:name`,
    needs: "Workers Scripts Write",
    query: z.strictObject({ force: flag.optional() }),
    async handle({ world, param, query }) {
      const worker = world.workers.existing(param("name"));
      await releaseApplications(world, worker, query.force === "true");
      await world.runtime.remove(worker.name);
      for (const one of world.workers.namespaces.all()) {
        if (one.script === worker.name) world.workers.namespaces.delete(one.id);
      }
      for (const one of world.workers.domains.all()) {
        if (one.service === worker.name) world.workers.domains.delete(one.id);
      }
      world.workers.workers.delete(worker.name);
      world.workers.removeModules(worker.name);
      return ok(null);
    },
  }),
];

/** A Worker whose classes run applications is kept, unless forced: then its applications go with it. */
async function releaseApplications(world: World, worker: StoredWorker, force: boolean): Promise<void> {
  for (const namespace of world.workers.namespaces.all().filter((one) => one.script === worker.name)) {
    const application = world.containers.ofNamespace(namespace.id);
    if (!application) continue;
    const { className } = namespace;
    if (!force) throw new ApiProblem("scriptInUse", { name: worker.name, application: application.name, className });
    await deleteApplication(world, application);
  }
}

function shown(worker: StoredWorker): ScriptListResponse {
  const { compatibility_date, compatibility_flags, observability, logpush, tags } = worker.settings;
  return {
    id: worker.name,
    tag: worker.tag,
    etag: worker.etag,
    created_on: worker.createdOn,
    modified_on: worker.modifiedOn,
    last_deployed_from: "api",
    has_assets: false,
    has_modules: true,
    usage_model: "standard",
    compatibility_flags: compatibility_flags ?? [],
    logpush: logpush ?? false,
    ...(compatibility_date ? { compatibility_date } : {}),
    ...(observability ? { observability: observability as NonNullable<ScriptListResponse["observability"]> } : {}),
    ...(tags ? { tags } : {}),
  };
}
