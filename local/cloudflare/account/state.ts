/** API tokens: those given at start and those made through the API. Of a token only the SHA-256 is kept. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { type Collection, type Kept, keptSchema, type Store } from "../core/store.ts";
import { type Permission, permissionGroups } from "./permissions.ts";

/** A token with the permissions it carries, given at start. */
export interface GivenToken {
  readonly token: string;
  /** @default every permission */
  readonly permissions?: readonly Permission[];
}

/** A policy of a token: groups granted on resources. */
export const policySchema = z.strictObject({
  effect: z.enum(["allow", "deny"]),
  permission_groups: z.array(z.strictObject({ id: z.string(), name: z.string().optional() })).min(1),
  resources: z.union([z.record(z.string(), z.string()), z.record(z.string(), z.record(z.string(), z.string()))]),
});

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  status: z.enum(["active", "disabled"]),
  policies: z.array(policySchema.extend({ id: z.string() })),
  expires_on: z.string().optional(),
  not_before: z.string().optional(),
  issued_on: z.string(),
  modified_on: z.string(),
});
/** A token as it is kept. */
export type StoredToken = z.infer<typeof tokenSchema>;

/** Tokens of the account, and its AI gateways. */
export class AccountState {
  readonly tokens: Collection<StoredToken>;
  readonly aiGateways: Collection<Kept>;
  readonly #given: ReadonlyMap<string, readonly Permission[] | "all">;

  constructor(store: Store, given: readonly GivenToken[]) {
    this.tokens = store.collection("tokens", tokenSchema);
    this.aiGateways = store.collection("ai-gateway", keptSchema);
    this.#given = new Map(given.map((one) => [hashOf(one.token), one.permissions ?? "all"]));
  }

  /** The token made through the API that has this value. */
  made(token: string): StoredToken | undefined {
    const hash = hashOf(token);
    return this.tokens.all().find((one) => one.hash === hash);
  }

  /** Permissions of a bearer token; undefined when nobody issued it, or it was disabled or has expired. */
  permissionsOf(token: string): readonly Permission[] | "all" | undefined {
    const given = this.#given.get(hashOf(token));
    if (given) return given;
    const made = this.made(token);
    if (made?.status !== "active" || (made.expires_on && Date.parse(made.expires_on) < Date.now())) return undefined;
    const ids = new Set(
      made.policies
        .filter((one) => one.effect === "allow")
        .flatMap((one) => one.permission_groups.map((group) => group.id)),
    );
    return permissionGroups.filter((group) => ids.has(group.id)).map((group) => group.name);
  }
}

/** What is kept of a token's value; R2's secret access key is the same digest. */
export function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}
