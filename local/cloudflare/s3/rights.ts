/** What a token may do to the objects of a bucket. */
import { type Permission, permissionGroups, satisfies } from "../account/permissions.ts";
import type { StoredToken } from "../account/state.ts";
import type { StoredBucket } from "../r2/state.ts";

/** Reading includes listing. */
export type Access = "read" | "write";

const needed: Readonly<Record<Access, readonly Permission[]>> = {
  read: ["Workers R2 Storage Bucket Item Read", "Workers R2 Storage Read"],
  write: ["Workers R2 Storage Bucket Item Write", "Workers R2 Storage Write"],
};

/** Whether the token's policies allow that on this bucket; a policy that denies it wins. */
export function mayAccess(token: StoredToken, accountId: string, bucket: StoredBucket, access: Access): boolean {
  const matching = token.policies.filter(
    ({ permission_groups, resources }) =>
      permission_groups.some(({ id }) => grants(id, access)) && covers(resources, accountId, bucket),
  );
  return matching.some(({ effect }) => effect === "allow") && matching.every(({ effect }) => effect === "allow");
}

function grants(groupId: string, access: Access): boolean {
  const group = permissionGroups.find(({ id }) => id === groupId);
  return group !== undefined && needed[access].some((permission) => satisfies(group.name, permission));
}

/** A bucket is named alone, by all buckets of the account, or by the account. */
function covers(resources: StoredToken["policies"][number]["resources"], accountId: string, bucket: StoredBucket) {
  const account = `com.cloudflare.api.account.${accountId}`;
  const one = `com.cloudflare.edge.r2.bucket.${accountId}_${bucket.jurisdiction}_${bucket.name}`;
  return Object.entries(resources).some(([resource, scope]) =>
    typeof scope === "string"
      ? resource === one || resource === account
      : resource === account && Object.keys(scope).some((name) => name === "com.cloudflare.edge.r2.bucket.*"),
  );
}
