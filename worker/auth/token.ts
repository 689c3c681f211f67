import type { GeneratedSecret, RotatingSecret } from "../bindings.ts";
import type { Secrets } from "../bound.ts";
import { sha256 } from "../hash.ts";
import { generatedSecret, knownSecret, validValues } from "../secrets.ts";

/** Secrets that open a door. */
type Door = Extract<GeneratedSecret, "adminToken" | "clientToken">;

/** Whether a token opens a door by the stack's secret. @throws BotError `notConfigured` where that is not there (I10) */
export async function opens(env: Secrets, door: Door, token: string): Promise<boolean> {
  return isToken(token, generatedSecret(env, door), new Date());
}

/** The same, asked at the other door, where a missing secret is no matter. */
export async function opensOther(env: Secrets, door: Door, token: string): Promise<boolean> {
  const secret = knownSecret(env, door);
  return secret !== undefined && isToken(token, secret, new Date());
}

/** The bearer token of a request, if it has one. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}

/** Whether a token is a valid value of a secret, in constant time. */
export async function isToken(token: string, secret: RotatingSecret, now: Date): Promise<boolean> {
  const results = await Promise.all(validValues(secret, now).map((value) => equalInConstantTime(token, value)));
  return results.includes(true);
}

/** Compares digests, so that neither length nor first difference shows in the time it takes. */
async function equalInConstantTime(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([sha256(a), sha256(b)]);
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= (x[i] ?? 0) ^ (y[i] ?? 0);
  return difference === 0;
}
