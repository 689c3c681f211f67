/** Cloudflare Access: whoever comes through it brings an assertion, a JWT that Access signs with keys that rotate. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { AccessDeclaration } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Caller } from "./caller.ts";

/** Header in which Access hands an assertion on. The cookie of the same content is the browser's word, not Access'. */
export const assertionHeader = "cf-access-jwt-assertion";

/** By how much the clocks of Access and of the Worker may differ, seconds. */
const clockTolerance = 10;

/** The keys of each issuer, for as long as this isolate lives. An unknown key has them fetched anew, at most every 30 seconds. */
const keySets = new Map<string, JWTVerifyGetKey>();

/** Who an assertion says it is. @throws BotError `accessRefused`, `accessUnavailable` */
export async function accessCaller(
  assertion: string,
  { issuer, audiences }: AccessDeclaration,
): Promise<Caller & { kind: "operator" }> {
  const payload = await verified(assertion, issuer, audiences);
  const name = nameIn(payload);
  if (name === undefined) throw new BotError("accessRefused", { reason: "it names nobody" });
  return { kind: "operator", by: "access", name };
}

async function verified(assertion: string, issuer: string, audiences: readonly string[]): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(assertion, keysOf(issuer), {
      issuer,
      audience: [...audiences],
      algorithms: ["RS256"],
      requiredClaims: ["exp"],
      clockTolerance,
    });
    return payload;
  } catch (error) {
    if (isAboutTheAssertion(error)) throw new BotError("accessRefused", { reason: reasonOf(error) });
    throw new BotError("accessUnavailable", { issuer, reason: reasonOf(error), retryAfter: 5 });
  }
}

function keysOf(issuer: string): JWTVerifyGetKey {
  const known = keySets.get(issuer);
  if (known) return known;
  const keys = createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`));
  keySets.set(issuer, keys);
  return keys;
}

/** All else is about the keys: they could not be fetched, or are none. */
function isAboutTheAssertion(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** A person's e-mail address, or the client id of a service token. */
function nameIn({ email, common_name: serviceToken }: JWTPayload): string | undefined {
  return [email, serviceToken].find((name): name is string => typeof name === "string" && name !== "");
}
