/** Who calls: the bearer token, its account and its permissions. */
import type { Permission } from "../account/permissions.ts";
import { satisfies } from "../account/permissions.ts";
import { ApiProblem } from "./problems.ts";
import type { World } from "./world.ts";

/** Reads the bearer token of a request. Refuses a missing or malformed header as Cloudflare does. */
export function bearer(request: Request): string {
  const header = request.headers.get("authorization");
  if (header === null || header === "") throw new ApiProblem("authorizationMissing");
  const token = /^Bearer ([A-Za-z0-9_-]+)$/.exec(header)?.[1];
  if (token === undefined) throw new ApiProblem("authorizationMalformed");
  return token;
}

/** Refuses an unknown token; `verify` calls have a code of their own for that. */
export function knownToken(world: World, request: Request): string {
  const token = bearer(request);
  if (world.account.permissionsOf(token) !== undefined) return token;
  const verifies = new URL(request.url).pathname.endsWith("/tokens/verify");
  throw new ApiProblem(verifies ? "tokenUnverifiable" : "tokenInvalid");
}

/** Refuses a token that lacks the permission; the hint names it, which the real API does not. */
export function permit(world: World, token: string, needs: Permission | undefined): void {
  if (needs === undefined) return;
  const held = world.account.permissionsOf(token);
  if (held === "all" || held?.some((permission) => satisfies(permission, needs))) return;
  throw new ApiProblem("permissionMissing", {}, `The token lacks the permission "${needs}".`);
}

/** Refuses another account's path. */
export function ownAccount(world: World, accountId: string): void {
  if (accountId === world.accountId) return;
  if (!/^[0-9a-f]{32}$/.test(accountId)) throw new ApiProblem("accountMalformed", { path: `/accounts/${accountId}` });
  throw new ApiProblem("accountForeign");
}
