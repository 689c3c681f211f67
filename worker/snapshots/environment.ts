import type { Secrets } from "../bound.ts";
import { BotError } from "../errors.ts";
import { type CredentialTerms, issueCredential } from "./credential.ts";

/**
 * What restic needs in a run: the repository's password and a credential that is worth something in this run only.
 * @throws BotError `notConfigured` without the password or the key that signs
 */
export async function environmentOfRun(env: Secrets, terms: CredentialTerms): Promise<Record<string, string>> {
  const password = env.REPOSITORY_PASSWORD;
  if (!password) throw new BotError("notConfigured", { setting: "REPOSITORY_PASSWORD" });
  const credential = await issueCredential(env, terms);
  return {
    RESTIC_PASSWORD: password,
    RESTIC_REST_USERNAME: credential.username,
    RESTIC_REST_PASSWORD: credential.password,
  };
}
