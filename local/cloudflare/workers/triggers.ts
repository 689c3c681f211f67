/** What calls a Worker: cron schedules and its workers.dev address. */
import type { ScheduleGetResponse, ScheduleUpdateParams } from "cloudflare/resources/workers/scripts/schedules.js";
import type { SubdomainCreateParams, SubdomainGetResponse } from "cloudflare/resources/workers/scripts/subdomain.js";
import { z } from "zod";
import { parseCron } from "../../runtime/cron.ts";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { timestamp } from "../core/world.ts";

const schedulesSchema = z.array(z.strictObject({ cron: z.string() }));
true satisfies Conforms<typeof schedulesSchema.element, ScheduleUpdateParams.Body>;

const subdomainSchema = z.strictObject({ enabled: z.boolean(), previews_enabled: z.boolean().optional() });
true satisfies Conforms<typeof subdomainSchema, SubdomainCreateParams>;

const schedules = "/accounts/:account/workers/scripts/:name/schedules";
const subdomain = "/accounts/:account/workers/scripts/:name/subdomain";

/** Endpoints of schedules and of the workers.dev switch. */
export const triggerEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: schedules,
    needs: "Workers Scripts Read",
    handle: ({ world, param }) =>
      ok<ScheduleGetResponse>({ schedules: world.workers.existing(param("name")).schedules }),
  }),
  endpoint({
    method: "PUT",
    path: schedules,
    needs: "Workers Scripts Write",
    body: schedulesSchema,
    async handle({ world, param, body }) {
      const worker = world.workers.existing(param("name"));
      const crons = body.map((one) => one.cron);
      checkCrons(crons);
      await world.runtime.setSchedules(worker.name, crons);
      const saved = crons.map((cron) => ({
        cron,
        created_on: worker.schedules.find((one) => one.cron === cron)?.created_on ?? timestamp(),
        modified_on: timestamp(),
      }));
      return ok<ScheduleGetResponse>({
        schedules: world.workers.workers.put(worker.name, { ...worker, schedules: saved }).schedules,
      });
    },
  }),
  endpoint({
    method: "GET",
    path: subdomain,
    needs: "Workers Scripts Read",
    handle: ({ world, param }) => ok<SubdomainGetResponse>(world.workers.existing(param("name")).subdomain),
  }),
  endpoint({
    method: "POST",
    path: subdomain,
    needs: "Workers Scripts Write",
    body: subdomainSchema,
    handle: ({ world, param, body }) =>
      publish(world, param("name"), { enabled: body.enabled, previews_enabled: body.previews_enabled ?? body.enabled }),
  }),
  endpoint({
    method: "DELETE",
    path: subdomain,
    needs: "Workers Scripts Write",
    handle: ({ world, param }) => publish(world, param("name"), { enabled: false, previews_enabled: false }),
  }),
];

async function publish(world: World, name: string, wanted: SubdomainGetResponse) {
  const worker = world.workers.existing(name);
  await world.runtime.setPublic(name, wanted.enabled);
  return ok<SubdomainGetResponse>(world.workers.workers.put(name, { ...worker, subdomain: wanted }).subdomain);
}

/** Refuses what the clock of the runtime cannot read: Cloudflare's five fields, without its `L`, `W` and `#`. */
function checkCrons(crons: readonly string[]): void {
  for (const cron of crons) {
    try {
      parseCron(cron);
    } catch (error) {
      throw new ApiProblem("cronInvalid", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}
