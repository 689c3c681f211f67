/** Bindings and settings of a Worker: read back, or changed by hand without a new upload. */
import type { ScriptAndVersionSettingGetResponse } from "cloudflare/resources/workers/scripts/script-and-version-settings.js";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import type { World } from "../core/world.ts";
import { deployChange } from "./deploy.ts";
import { readSettings } from "./form.ts";
import type { StoredWorker } from "./state.ts";

const path = "/accounts/:account/workers/scripts/:name/settings";

/** Endpoints of bindings and settings. */
export const settingsEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path,
    needs: "Workers Scripts Read",
    handle: ({ world, param }) => ok(shown(world, world.workers.existing(param("name")))),
  }),
  endpoint({
    method: "PATCH",
    path,
    needs: "Workers Scripts Write",
    form: readSettings,
    async handle({ world, param, body }) {
      return ok(shown(world, await deployChange(world, world.workers.existing(param("name")), body)));
    },
  }),
];

/** Secrets come without a value, Durable Object bindings with their namespace. */
function shown(world: World, worker: StoredWorker): ScriptAndVersionSettingGetResponse {
  const { placement, ...settings } = worker.settings;
  return {
    compatibility_flags: [],
    logpush: false,
    tags: [],
    tail_consumers: null,
    usage_model: "standard",
    ...settings,
    ...(placement ? { placement } : {}),
    bindings: world.workers.shown(worker.name, worker.bindings),
  };
}
