/** The account itself and what its plan allows. */
import type { Account } from "cloudflare/resources/accounts/accounts.js";
import type { AccountSettingGetResponse } from "cloudflare/resources/workers/account-settings.js";
import type { SubdomainGetResponse } from "cloudflare/resources/workers/subdomains.js";
import { z } from "zod";
import { type Endpoint, endpoint, paging } from "../core/endpoint.ts";
import { ok, page } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";

/** The account's part of workers.dev addresses. */
export const workersDevSubdomain = "local";

/** Endpoints of the account and its plan. */
export const accountEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/accounts",
    query: z.strictObject({ ...paging, name: z.string().optional() }),
    handle: ({ world, query }) => page([account(world)], query),
  }),
  endpoint({ method: "GET", path: "/accounts/:account", handle: ({ world }) => ok<Account>(account(world)) }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/workers/account-settings",
    needs: "Workers Scripts Read",
    handle: ({ world }) =>
      ok<AccountSettingGetResponse>({
        default_usage_model: world.plan.paidPlan ? "standard" : "bundled",
        green_compute: false,
      }),
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/workers/subdomain",
    needs: "Workers Scripts Read",
    handle({ world }) {
      if (!world.plan.workersDev) throw new ApiProblem("subdomainMissing");
      return ok<SubdomainGetResponse>({ subdomain: workersDevSubdomain });
    },
  }),
];

function account(world: World): Account {
  return { id: world.accountId, name: "Loopback Cloudflare", type: "standard", created_on: "2026-01-01T00:00:00Z" };
}
