import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

/** Id of a group of permissions that an account's token can have, by its name. @throws pulumi.RunError where Cloudflare offers none of it */
export function permissionGroup(accountId: string, name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const groups = cloudflare.getAccountApiTokenPermissionGroupsListOutput({ accountId }, { parent });
  return groups.results.apply((results) => {
    const found = results.find((candidate) => candidate.name === name);
    if (found === undefined) throw new pulumi.RunError(`Cloudflare offers no permission group "${name}".`);
    return found.id;
  });
}
