import type { RotatingSecret } from "../bindings.ts";
import { BotError } from "../errors.ts";
import { validValues } from "../secrets.ts";

/** Query parameters in which people put tokens. */
const tokenParameters = ["token", "access_token", "api_key", "apikey", "key"];

/** The bearer token of a request. @throws BotError when there is none, or when one stands in the URL. */
export function bearerToken(request: Request): string {
  const { searchParams } = new URL(request.url);
  if (tokenParameters.some((name) => searchParams.has(name))) throw new BotError("tokenInUrl");
  const match = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "");
  if (!match?.[1]) throw new BotError("tokenMissing");
  return match[1];
}

/** Whether a token is a valid value of a secret, in constant time. */
export async function isToken(token: string, secret: RotatingSecret, now: Date): Promise<boolean> {
  const results = await Promise.all(validValues(secret, now).map((value) => equalInConstantTime(token, value)));
  return results.includes(true);
}

/** Refuses whoever does not hold the wanted token; the other door's token is told apart from a wrong one (403, not 401). */
export async function requireToken(
  request: Request,
  wanted: { readonly name: "admin" | "client"; readonly secret: RotatingSecret },
  other: { readonly name: "admin" | "client"; readonly secret: RotatingSecret | undefined },
  now: Date,
): Promise<void> {
  const token = bearerToken(request);
  if (await isToken(token, wanted.secret, now)) return;
  if (other.secret && (await isToken(token, other.secret, now))) {
    throw new BotError("wrongDoor", { given: other.name, wanted: wanted.name });
  }
  throw new BotError("tokenRefused");
}

/** Compares digests, so that neither length nor first difference shows in the time it takes. */
async function equalInConstantTime(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= (x[i] ?? 0) ^ (y[i] ?? 0);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
