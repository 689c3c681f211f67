/** Access: policies, applications and the organization, as far as the provider calls them. `gate.ts` enforces them. */
import { randomBytes } from "node:crypto";
import type { ApplicationCreateParams } from "cloudflare/resources/zero-trust/access/applications/applications.js";
import type { PolicyCreateParams } from "cloudflare/resources/zero-trust/access/policies.js";
import type { Organization } from "cloudflare/resources/zero-trust/organizations/organizations.js";
import { z } from "zod";
import { workersDevSubdomain } from "../account/account.ts";
import type { Conforms } from "../core/conforms.ts";
import { crud } from "../core/crud.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { serviceTokenEndpoints } from "./serviceTokens.ts";
import { durationSchema, ruleSchema } from "./state.ts";

const policySchema = z.strictObject({
  name: z.string().min(1),
  decision: z.enum(["allow", "deny", "non_identity", "bypass"]),
  include: z.array(ruleSchema).min(1),
  exclude: z.array(ruleSchema).optional(),
  require: z.array(ruleSchema).optional(),
  session_duration: durationSchema.optional(),
});
true satisfies Conforms<typeof policySchema, PolicyCreateParams>;

const documentedApp = z.strictObject({
  type: z.literal("self_hosted"),
  name: z.string().min(1),
  domain: z.string().optional(),
  destinations: z.array(z.strictObject({ type: z.literal("public"), uri: z.string() })).optional(),
  policies: z.array(z.strictObject({ id: z.string(), precedence: z.number().int().min(1) })).optional(),
  session_duration: durationSchema.optional(),
  app_launcher_visible: z.boolean().optional(),
  http_only_cookie_attribute: z.boolean().optional(),
  service_auth_401_redirect: z.boolean().optional(),
});
// The client requires `domain`, which the API takes from the first destination when it is left out.
const withDomain = documentedApp.required({ domain: true });
true satisfies Conforms<typeof withDomain, ApplicationCreateParams.SelfHostedApplication>;
type App = z.infer<typeof documentedApp>;

const access = "/accounts/:account/access";

/** Endpoints of Access. */
export function accessEndpoints(world: World): Endpoint[] {
  const apps = { read: "Access: Apps and Policies Read", write: "Access: Apps and Policies Write" } as const;
  return [
    endpoint({
      method: "GET",
      path: `${access}/organizations`,
      needs: "Access: Organizations, Identity Providers, and Groups Read",
      handle() {
        if (!world.plan.zeroTrust) throw new ApiProblem("accessNotEnabled");
        return ok<Organization>({ name: "Loopback Cloudflare", auth_domain: world.teamDomain() });
      },
    }),
    ...crud(world, {
      kind: "Access policy",
      path: `${access}/policies`,
      ...apps,
      items: world.access.policies,
      body: policySchema,
      added: () => ({ reusable: true }),
    }),
    ...serviceTokenEndpoints,
    ...crud(world, {
      kind: "Access application",
      path: `${access}/apps`,
      ...apps,
      items: world.access.applications,
      body: documentedApp,
      check: checkApplication,
      added: (id, body) => ({
        uid: id,
        aud: randomBytes(32).toString("hex"),
        domain: body.domain ?? body.destinations?.[0]?.uri,
      }),
    }),
  ];
}

/** A policy must exist, a path on workers.dev must belong to a Worker, and a destination is of one application only. */
function checkApplication(world: World, { policies = [], destinations = [], name }: App): void {
  for (const { id } of policies)
    if (!world.access.policies.get(id)) throw new ApiProblem("objectMissing", { kind: "Access policy", id });
  const suffix = `.${workersDevSubdomain}.workers.dev`;
  for (const { uri } of destinations) {
    const [host = ""] = uri.split("/");
    if (host.endsWith(suffix)) world.workers.existing(host.slice(0, -suffix.length));
    const other = world.access.applications
      .all()
      .find((one) => one.name !== name && one.destinations?.some((destination) => destination.uri === uri));
    if (other) throw new ApiProblem("destinationTaken", { uri, name: other.name });
  }
}
