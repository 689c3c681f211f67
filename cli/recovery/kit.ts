/** Everything that opens a bot's repository without the Worker and without the stack. */
import type { RecoveryKeys, RecoveryPlace } from "./place.ts";

/** A line to type, and what it does. */
export interface KitCommand {
  readonly does: string;
  readonly command: string;
}

/** The recovery kit. Secrets are null where they were not asked for, or are not to be had. */
export interface RecoveryKit extends RecoveryPlace {
  readonly stack: string | null;
  readonly repository: string;
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  readonly repositoryPassword: string | null;
  /** Where the password is kept. */
  readonly passwordIn: string;
  /** With these set, the commands work as they stand. */
  readonly environment: Readonly<Record<string, string | null>>;
  readonly commands: readonly KitCommand[];
  /** How to get a key when the old one is gone, in the dashboard and by the API. */
  readonly newKey: { readonly dashboard: readonly string[]; readonly api: readonly KitCommand[] };
  /** How a new stack takes the memory over. */
  readonly newStack: readonly KitCommand[];
}

/** What goes into a kit. */
export interface KitParts {
  readonly stack: string | undefined;
  readonly place: RecoveryPlace;
  readonly keys?: RecoveryKeys | undefined;
  readonly password?: string | undefined;
}

/** "Workers R2 Storage Bucket Item Read", as Cloudflare's documentation of R2 tokens names it. */
const readGroup = "6a018a9f2fc74eb6b293b0c548f38b39";

/** Puts the kit together. */
export function recoveryKit({ stack, place, keys, password }: KitParts): RecoveryKit {
  const repository = `s3:${place.endpoint}/${place.bucket}`;
  const accessKeyId = keys?.accessKeyId ?? null;
  const secretAccessKey = keys?.secretAccessKey ?? null;
  const repositoryPassword = password ?? null;
  return {
    stack: stack ?? null,
    ...place,
    repository,
    accessKeyId,
    secretAccessKey,
    repositoryPassword,
    passwordIn: `npm run pulumi -- config get talaria:repositoryPassword --stack ${stack ?? "NAME"}`,
    environment: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: "auto",
      RESTIC_PASSWORD: repositoryPassword,
    },
    commands: commands(repository, place),
    newKey: { dashboard: dashboard(place), api: api(place) },
    newStack: newStack(place),
  };
}

/** The key only reads, so nothing may be locked; restic then asks for no lock. */
function commands(repository: string, { endpoint, bucket }: RecoveryPlace): KitCommand[] {
  const restic = `restic -r ${repository} --no-lock`;
  const curl =
    'curl -sS --aws-sigv4 "aws:amz:auto:s3" -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"';
  return [
    { does: "list the snapshots", command: `${restic} snapshots` },
    {
      does: "which of them the bot trusted (field current)",
      command: `${curl} ${endpoint}/${bucket}/talaria/promoted.json`,
    },
    {
      does: "restore the newest; ./recovered/home/.hermes is then what Hermes knew (an id instead of latest: that one)",
      command: `${restic} restore latest --target ./recovered`,
    },
    { does: "read and check all of it", command: `${restic} check --read-data` },
  ];
}

function dashboard({ bucket }: RecoveryPlace): string[] {
  return [
    "Cloudflare's dashboard: R2 > API > Manage API tokens > Create Account API token",
    `Permission "Object Read only", applied to the bucket ${bucket} alone`,
    "It shows the Access Key ID and the Secret Access Key, once",
  ];
}

function api({ accountId, bucket, jurisdiction, apiBaseUrl }: RecoveryPlace): KitCommand[] {
  const resource = `com.cloudflare.edge.r2.bucket.${accountId}_${jurisdiction}_${bucket}`;
  const policies = [{ effect: "allow", permission_groups: [{ id: readGroup }], resources: { [resource]: "*" } }];
  const body = JSON.stringify({ name: `recovery of ${bucket}`, policies });
  return [
    {
      does: 'make a token that reads this bucket (CLOUDFLARE_API_TOKEN: one with "Account API Tokens: Edit")',
      command: `curl -sS ${apiBaseUrl}/accounts/${accountId}/tokens -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" -H "Content-Type: application/json" --data '${body}'`,
    },
    { does: "AWS_ACCESS_KEY_ID is the answer's result.id; set TOKEN to result.value, then", command: tokenSecret },
  ];
}

/** R2's rule: the secret access key is the SHA-256 of the token's value. */
const tokenSecret = `export AWS_SECRET_ACCESS_KEY="$(printf %s "$TOKEN" | openssl dgst -sha256 -r | cut -c1-64)"`;

function newStack({ bucket, jurisdiction }: RecoveryPlace): KitCommand[] {
  const set = "npm run pulumi -- config set --stack NEW";
  const also = {
    does: "and in its jurisdiction",
    command: `${set} --path talaria:snapshots.jurisdiction ${jurisdiction}`,
  };
  return [
    { does: "a new stack, configured as README.md says under Deploy", command: "npm run pulumi -- stack init NEW" },
    { does: "that takes this bucket", command: `${set} --path talaria:snapshots.bucket ${bucket}` },
    ...(jurisdiction === "default" ? [] : [also]),
    {
      does: "with the same password: another one opens nothing",
      command: `${set} --secret talaria:repositoryPassword`,
    },
    { does: "wakes with the old memory", command: "npm run pulumi -- up --stack NEW" },
  ];
}
