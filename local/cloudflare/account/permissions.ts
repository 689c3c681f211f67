/**
 * Permission groups of the account. Ids that Cloudflare's documentation or public configurations show are the real ones;
 * the others are derived from the name, so look ids up by name as one must in production.
 */
import { createHash } from "node:crypto";

type Scope = "com.cloudflare.api.account" | "com.cloudflare.api.account.zone" | "com.cloudflare.edge.r2.bucket";

const account: Scope = "com.cloudflare.api.account";
const zone: Scope = "com.cloudflare.api.account.zone";
const bucket: Scope = "com.cloudflare.edge.r2.bucket";

const groups = {
  "Workers Scripts Read": { scope: account },
  "Workers Scripts Write": { scope: account },
  "Workers Containers Read": { scope: account },
  "Workers Containers Write": { scope: account },
  "Workers R2 Storage Read": { scope: account },
  "Workers R2 Storage Write": { scope: account, id: "bf7481a1826f439697cb59a20b22293e" },
  "Workers R2 Storage Bucket Item Read": { scope: bucket, id: "6a018a9f2fc74eb6b293b0c548f38b39" },
  "Workers R2 Storage Bucket Item Write": { scope: bucket, id: "2efd5506f9c8494dacb1fa10a3e7d5b6" },
  "Account Settings Read": { scope: account },
  "Account API Tokens Read": { scope: account },
  "Account API Tokens Write": { scope: account },
  "Access: Apps and Policies Read": { scope: account },
  "Access: Apps and Policies Write": { scope: account },
  "Access: Service Tokens Read": { scope: account },
  "Access: Service Tokens Write": { scope: account },
  "Access: Organizations, Identity Providers, and Groups Read": { scope: account },
  "AI Gateway Read": { scope: account },
  "AI Gateway Write": { scope: account },
  "AI Gateway Run": { scope: account, id: "644535f4ed854494a59cb289d634b257" },
  "Workers Routes Read": { scope: zone },
  "Workers Routes Write": { scope: zone },
  "Zone Read": { scope: zone },
  "DNS Read": { scope: zone },
  "DNS Write": { scope: zone },
} as const satisfies Record<string, { scope: Scope; id?: string }>;

/** Name of a permission, as the dashboard and the permission group list write it. */
export type Permission = keyof typeof groups;

/** A permission group as the API lists it. */
export interface PermissionGroup {
  readonly id: string;
  readonly name: Permission;
  readonly scopes: Scope[];
}

/** Every permission group that this API knows. */
export const permissionGroups: readonly PermissionGroup[] = Object.entries(groups).map(([name, group]) => ({
  id: "id" in group ? group.id : createHash("sha256").update(name).digest("hex").slice(0, 32),
  name: name as Permission,
  scopes: [group.scope],
}));

/** Whether a held permission covers the needed one; Write covers Read. */
export function satisfies(held: Permission, needed: Permission): boolean {
  return held === needed || held === needed.replace(/ Read$/, " Write");
}
