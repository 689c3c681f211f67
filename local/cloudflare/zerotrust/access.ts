/** Access: policies, service tokens, applications and the organization, as far as the provider calls them. Nothing enforces them here. */
import { randomBytes } from "node:crypto";
import type { ApplicationCreateParams } from "cloudflare/resources/zero-trust/access/applications/applications.js";
import type { PolicyCreateParams } from "cloudflare/resources/zero-trust/access/policies.js";
import type { ServiceTokenCreateParams } from "cloudflare/resources/zero-trust/access/service-tokens.js";
import type { Organization } from "cloudflare/resources/zero-trust/organizations/organizations.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { crud } from "../core/crud.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import type { World } from "../core/world.ts";

const rule = z.union([
  z.strictObject({ email: z.strictObject({ email: z.string() }) }),
  z.strictObject({ email_domain: z.strictObject({ domain: z.string() }) }),
  z.strictObject({ service_token: z.strictObject({ token_id: z.string() }) }),
  z.strictObject({ everyone: z.strictObject({}) }),
]);

const duration = z.string().regex(/^(\d+(ns|us|ms|s|m|h))+$/, 'not a duration such as "24h"');

const policySchema = z.strictObject({
  name: z.string().min(1),
  decision: z.enum(["allow", "deny", "non_identity", "bypass"]),
  include: z.array(rule).min(1),
  exclude: z.array(rule).optional(),
  require: z.array(rule).optional(),
  session_duration: duration.optional(),
});
true satisfies Conforms<typeof policySchema, PolicyCreateParams>;

const serviceTokenSchema = z.strictObject({
  name: z.string().min(1),
  duration: duration.optional(),
  client_secret_version: z.number().int().min(1).optional(),
});
true satisfies Conforms<typeof serviceTokenSchema, ServiceTokenCreateParams>;

const documentedApp = z.strictObject({
  type: z.literal("self_hosted"),
  name: z.string().min(1),
  domain: z.string().optional(),
  destinations: z.array(z.strictObject({ type: z.literal("public"), uri: z.string() })).optional(),
  policies: z.array(z.strictObject({ id: z.string(), precedence: z.number().int().min(1) })).optional(),
  session_duration: duration.optional(),
  app_launcher_visible: z.boolean().optional(),
  http_only_cookie_attribute: z.boolean().optional(),
  service_auth_401_redirect: z.boolean().optional(),
});
// The client requires `domain`, which the API takes from the first destination when it is left out.
const withDomain = documentedApp.required({ domain: true });
true satisfies Conforms<typeof withDomain, ApplicationCreateParams.SelfHostedApplication>;

const access = "/accounts/:account/access";

/** Endpoints of Access. */
export function accessEndpoints(world: World): Endpoint[] {
  const apps = { read: "Access: Apps and Policies Read", write: "Access: Apps and Policies Write" } as const;
  const serviceTokens = { read: "Access: Service Tokens Read", write: "Access: Service Tokens Write" } as const;
  return [
    endpoint({
      method: "GET",
      path: `${access}/organizations`,
      needs: "Access: Organizations, Identity Providers, and Groups Read",
      handle: () => ok<Organization>({ name: "Loopback Cloudflare", auth_domain: "loopback.cloudflareaccess.com" }),
    }),
    ...crud(world, {
      kind: "Access policy",
      path: `${access}/policies`,
      ...apps,
      body: policySchema,
      added: () => ({ reusable: true }),
    }),
    ...crud(world, {
      kind: "Access service token",
      path: `${access}/service_tokens`,
      ...serviceTokens,
      body: serviceTokenSchema,
      added: (id) => ({ client_id: `${id}.access`, expires_at: new Date(Date.now() + 365 * 86_400_000).toISOString() }),
      once: () => ({ client_secret: randomBytes(32).toString("hex") }),
    }),
    ...crud(world, {
      kind: "Access application",
      path: `${access}/apps`,
      ...apps,
      body: documentedApp,
      added: (id, body) => ({
        uid: id,
        aud: randomBytes(32).toString("hex"),
        domain: body.domain ?? body.destinations?.[0]?.uri,
      }),
    }),
  ];
}
