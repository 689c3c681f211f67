/** What Access knows of the account: applications, policies, service tokens. Of a service token's secret only the SHA-256 is kept. */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Collection, Store } from "../core/store.ts";

/** One rule of a policy: who it speaks of. Groups are taken and match nobody: there are none here. */
export const ruleSchema = z.union([
  z.strictObject({ email: z.strictObject({ email: z.string() }) }),
  z.strictObject({ email_domain: z.strictObject({ domain: z.string() }) }),
  z.strictObject({ service_token: z.strictObject({ token_id: z.string() }) }),
  z.strictObject({ any_valid_service_token: z.strictObject({}) }),
  z.strictObject({ group: z.strictObject({ id: z.string() }) }),
  z.strictObject({ everyone: z.strictObject({}) }),
]);
export type Rule = z.infer<typeof ruleSchema>;

/** Text such as `24h` or `30m`. */
export const durationSchema = z.string().regex(/^(\d+(ns|us|ms|s|m|h))+$/, 'not a duration such as "24h"');

/** Who may pass. */
export const policySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  decision: z.enum(["allow", "deny", "non_identity", "bypass"]),
  include: z.array(ruleSchema),
  exclude: z.array(ruleSchema).optional(),
  require: z.array(ruleSchema).optional(),
});
export type Policy = z.infer<typeof policySchema>;

/** What is protected, and by which policies. */
export const applicationSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  aud: z.string(),
  domain: z.string().optional(),
  destinations: z.array(z.object({ type: z.literal("public"), uri: z.string() })).optional(),
  policies: z.array(z.object({ id: z.string(), precedence: z.number() })).optional(),
  session_duration: durationSchema.optional(),
});
export type Application = z.infer<typeof applicationSchema>;

const serviceTokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  client_id: z.string(),
  client_secret_version: z.number(),
  duration: z.string(),
  expires_at: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  secretHash: z.string(),
  /** The secret before the last rotation, and until when it is taken. */
  previousHash: z.string().optional(),
  previous_client_secret_expires_at: z.string().optional(),
});
export type ServiceToken = z.infer<typeof serviceTokenSchema>;

/** The account's Access objects. */
export class AccessState {
  readonly policies: Collection<Policy>;
  readonly applications: Collection<Application>;
  readonly serviceTokens: Collection<ServiceToken>;

  constructor(store: Store) {
    this.policies = store.collection("access-policy", policySchema);
    this.applications = store.collection("access-application", applicationSchema);
    this.serviceTokens = store.collection("access-service-token", serviceTokenSchema);
  }

  /** The service token with this id and secret; undefined when it is unknown, wrong or over. */
  serviceTokenOf(clientId: string, secret: string, now: Date): ServiceToken | undefined {
    const token = this.serviceTokens.all().find((one) => one.client_id === clientId);
    if (token === undefined || Date.parse(token.expires_at) <= now.getTime()) return undefined;
    const hash = secretHash(secret);
    if (token.secretHash === hash) return token;
    const until = token.previous_client_secret_expires_at;
    return token.previousHash === hash && until !== undefined && now < new Date(until) ? token : undefined;
  }
}

/** A new secret of a service token. */
export function newSecret(): string {
  return randomBytes(32).toString("hex");
}

/** What is kept of a secret. */
export function secretHash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

const units = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 } as const;

/** Seconds of a duration such as `1h30m`. */
export function secondsOf(duration: string): number {
  let seconds = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+)(ns|us|ms|s|m|h)/g))
    seconds += Number(count) * units[unit as keyof typeof units];
  return seconds;
}
