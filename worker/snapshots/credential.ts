/** The credential of one run: made by the Agent, handed to restic alone, checked without keeping anything. */
import type { Secrets } from "../bound.ts";
import { hexOf } from "../hash.ts";
import type { Caller } from "../inside/caller.ts";
import { generatedSecret, validValues } from "../secrets.ts";
import { isRole, type Role, rights } from "./rights.ts";

/** What restic gets as RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD. */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** Whom a credential stands for. */
export interface Holder {
  readonly role: Role;
  readonly run: string;
}

export interface CredentialTerms extends Holder {
  /** Id of the box's Durable Object (`namespace.idFromName(…).toString()`): the credential is worth nothing elsewhere. */
  readonly boxId: string;
  /** When it ends, in milliseconds since 1970. */
  readonly until: number;
}

/** The part of `env` that signs. */
type Keys = Pick<Secrets, "SESSION_KEY">;

const runForm = /^[A-Za-z0-9_-]{1,64}$/;
const usernameForm = /^([a-z]+)\.([A-Za-z0-9_-]{1,64})\.([0-9]{1,12})$/;

/** Makes the credential of a run. @throws BotError `notConfigured` without the session key */
export async function issueCredential(env: Keys, terms: CredentialTerms): Promise<Credential> {
  const { role, run, boxId, until } = terms;
  if (!runForm.test(run)) throw new Error(`The run ${JSON.stringify(run)} is not letters, digits, - and _.`);
  const username = `${role}.${run}.${Math.ceil(until / 1000)}`;
  const key = await signingKey(generatedSecret(env, "sessionKey").current, "sign");
  const signature = await crypto.subtle.sign("HMAC", key, signedText(username, boxId));
  return { username, password: hexOf(new Uint8Array(signature)) };
}

/**
 * Reads and checks a request's credential.
 * @returns `missing` or `wrong` where there is none that this container may use now
 * @throws BotError `notConfigured` without the session key: the door stays shut (I10)
 */
export async function holderOf(
  request: Request,
  env: Keys,
  caller: Caller,
  now: Date,
): Promise<Holder | "missing" | "wrong"> {
  const values = validValues(generatedSecret(env, "sessionKey"), now);
  const given = basic(request.headers.get("authorization"));
  if (given === undefined) return "missing";
  const [, role = "", run = "", until = ""] = usernameForm.exec(given.username) ?? [];
  if (!isRole(role) || rights[role].box !== caller.className || Number(until) * 1000 <= now.getTime()) return "wrong";
  const signature = bytes(given.password);
  if (signature === undefined) return "wrong";
  const text = signedText(given.username, caller.containerId);
  // `verify` compares in constant time.
  const matches = await Promise.all(
    values.map(async (value) => crypto.subtle.verify("HMAC", await signingKey(value, "verify"), signature, text)),
  );
  return matches.includes(true) ? { role, run } : "wrong";
}

function signedText(username: string, boxId: string): Uint8Array {
  return new TextEncoder().encode(`${username}\n${boxId}`);
}

function signingKey(secret: string, use: "sign" | "verify"): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, [use]);
}

function basic(header: string | null): Credential | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  try {
    const text = atob(encoded);
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined; // not base64: answered as if there were none
  }
}

/** The 32 bytes that 64 hex digits say. */
function bytes(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
