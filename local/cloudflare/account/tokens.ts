/** Account tokens, their verification and the permission groups. A token's value is answered once, at creation. */
import { randomBytes } from "node:crypto";
import type {
  PermissionGroupListResponse,
  TokenCreateParams,
  TokenCreateResponse,
  TokenUpdateParams,
  TokenVerifyResponse,
} from "cloudflare/resources/accounts/tokens/index.js";
import type { Token } from "cloudflare/resources/shared.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Call, type Endpoint, endpoint, paging } from "../core/endpoint.ts";
import { type Answer, ok, page } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { hexId, timestamp } from "../core/world.ts";
import { permissionGroups } from "./permissions.ts";
import { hashOf, policySchema, type StoredToken } from "./state.ts";

const createSchema = z.strictObject({
  name: z.string().min(1).max(120),
  policies: z.array(policySchema).min(1),
  expires_on: z.iso.datetime().optional(),
  not_before: z.iso.datetime().optional(),
});
true satisfies Conforms<typeof createSchema, TokenCreateParams>;

const updateSchema = createSchema.extend({ status: z.enum(["active", "disabled"]).optional() });
true satisfies Conforms<typeof updateSchema, TokenUpdateParams>;

type Policies = z.infer<typeof createSchema>["policies"];

/** Endpoints of account tokens. */
export const tokenEndpoints: Endpoint[] = [
  endpoint({ method: "GET", path: "/user/tokens/verify", handle: verify }),
  endpoint({ method: "GET", path: "/accounts/:account/tokens/verify", handle: verify }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/tokens/permission_groups",
    needs: "Account API Tokens Read",
    query: z.strictObject({ name: z.string().optional(), scope: z.string().optional() }),
    handle: ({ query }) =>
      ok<PermissionGroupListResponse[]>(
        permissionGroups.filter(
          (group) =>
            (!query.name || group.name === decodeURIComponent(query.name)) &&
            (!query.scope || group.scopes.some((scope) => scope === decodeURIComponent(query.scope ?? ""))),
        ),
      ),
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/tokens",
    needs: "Account API Tokens Read",
    query: z.strictObject({ ...paging, direction: z.enum(["asc", "desc"]).optional() }),
    handle: ({ world, query }) => page<Token>(world.account.tokens.all().map(shown), query),
  }),
  endpoint({
    method: "POST",
    path: "/accounts/:account/tokens",
    needs: "Account API Tokens Write",
    body: createSchema,
    handle({ world, body }) {
      checkPolicies(world, body.policies);
      const value = randomBytes(30).toString("base64url");
      const issued = { issued_on: timestamp(), modified_on: timestamp() };
      const id = hexId();
      const token = world.account.tokens.put(id, {
        ...body,
        id,
        hash: hashOf(value),
        status: "active",
        policies: numbered(body.policies),
        ...issued,
      });
      return ok<TokenCreateResponse>({ ...shown(token), value });
    },
  }),
  endpoint({
    method: "GET",
    path: "/accounts/:account/tokens/:id",
    needs: "Account API Tokens Read",
    handle: ({ world, param }) => ok<Token>(shown(existing(world, param("id")))),
  }),
  endpoint({
    method: "PUT",
    path: "/accounts/:account/tokens/:id",
    needs: "Account API Tokens Write",
    body: updateSchema,
    handle({ world, param, body }) {
      const before = existing(world, param("id"));
      checkPolicies(world, body.policies);
      const { id, hash, issued_on, status } = before;
      const after = {
        status,
        ...body,
        id,
        hash,
        issued_on,
        policies: numbered(body.policies),
        modified_on: timestamp(),
      };
      return ok<Token>(shown(world.account.tokens.put(id, after)));
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/accounts/:account/tokens/:id",
    needs: "Account API Tokens Write",
    handle({ world, param }) {
      world.account.tokens.delete(existing(world, param("id")).id);
      return ok({ id: param("id") });
    },
  }),
];

function verify({ world, token }: Call<unknown, unknown>): Answer {
  const made = world.account.made(token);
  return ok<TokenVerifyResponse>({
    id: made?.id ?? hashOf(token).slice(0, 32),
    status: "active",
    ...(made?.expires_on ? { expires_on: made.expires_on } : {}),
  });
}

function existing(world: World, id: string): StoredToken {
  const token = world.account.tokens.get(id);
  if (!token) throw new ApiProblem("tokenMissing");
  return token;
}

/** Every group must be known and fit what it is granted on; a bucket is named by account, jurisdiction and name. */
function checkPolicies(world: World, policies: Policies): void {
  for (const { permission_groups, resources } of policies) {
    for (const { id } of permission_groups) {
      const group = permissionGroups.find((one) => one.id === id);
      if (!group) throw new ApiProblem("permissionGroupUnknown", { id });
      for (const [resource, inner] of Object.entries(resources)) {
        const names = typeof inner === "string" ? [resource] : Object.keys(inner);
        const owned = resource.includes(world.accountId) || !resource.startsWith("com.cloudflare.api.account.");
        if (owned && names.every((name) => group.scopes.some((scope) => name.startsWith(`${scope}.`)))) continue;
        throw new ApiProblem("permissionGroupScope", { name: group.name, resource });
      }
    }
  }
}

function numbered(policies: Policies): StoredToken["policies"] {
  return policies.map((policy) => ({ id: hexId(), ...policy }));
}

function shown({ hash: _, ...token }: StoredToken): Token {
  return token;
}
