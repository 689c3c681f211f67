/** A key that writes one bucket for as long as it is needed: the stack's own recovery key only reads. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { reasonOf } from "../client.ts";
import { CliError } from "../problems.ts";
import type { RecoveryKeys, RecoveryPlace } from "./place.ts";

const envelopeSchema = z.looseObject({
  success: z.boolean().optional(),
  result: z.unknown(),
  errors: z.array(z.looseObject({ message: z.string() })).nullish(),
});
const groupsSchema = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const tokenSchema = z.looseObject({ id: z.string(), value: z.string() });

const group = "Workers R2 Storage Bucket Item Write";
/** The key ends by itself, should nobody be there to end it. */
const longestMs = 60 * 60_000;

/**
 * Makes the key, lets it be used, and removes it, however that ends.
 * @throws CliError `noWriteKey` when the API token may not make one
 */
export async function withWriteKey<T>(
  place: RecoveryPlace,
  apiToken: string,
  use: (keys: RecoveryKeys) => Promise<T>,
): Promise<T> {
  const { accountId, bucket, jurisdiction } = place;
  const tokens = `/accounts/${accountId}/tokens`;
  const groups = groupsSchema.parse(await call(place, apiToken, "GET", `${tokens}/permission_groups`));
  const id = groups.find(({ name }) => name === group)?.id;
  if (id === undefined) throw new CliError("noWriteKey", { detail: `there is no permission group "${group}"` });
  const resources = { [`com.cloudflare.edge.r2.bucket.${accountId}_${jurisdiction}_${bucket}`]: "*" };
  const token = tokenSchema.parse(
    await call(place, apiToken, "POST", tokens, {
      name: `${bucket}: rotation of the password`,
      policies: [{ effect: "allow", permission_groups: [{ id }], resources }],
      expires_on: new Date(Date.now() + longestMs).toISOString().replace(/\.\d+Z$/, "Z"),
    }),
  );
  try {
    // R2's rule: the secret access key is the SHA-256 of the token's value.
    const secretAccessKey = createHash("sha256").update(token.value).digest("hex");
    return await use({ accessKeyId: token.id, secretAccessKey });
  } finally {
    await call(place, apiToken, "DELETE", `${tokens}/${token.id}`);
  }
}

async function call(
  { apiBaseUrl }: RecoveryPlace,
  apiToken: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(apiBaseUrl + path, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new CliError("noWriteKey", { detail: `${apiBaseUrl} cannot be reached (${reasonOf(error)})` });
  });
  const envelope = envelopeSchema.safeParse(await response.json().catch(() => undefined)); // not JSON: the status says enough
  if (response.ok && envelope.success) return envelope.data.result;
  const said = envelope.data?.errors?.map(({ message }) => message).join("; ") || `HTTP ${response.status}`;
  throw new CliError("noWriteKey", { detail: `${method} ${path}: ${said}` });
}
