/** Which secrets of a generated config file are still encrypted as they should be, and which have to be set anew. */
import { createHash } from "node:crypto";
import type { WrittenRecord } from "./localFiles.ts";
import type { StackConfig } from "./mergeConfig.ts";

/** Full config key → value in plain text. */
export type Secrets = Readonly<Record<string, string>>;

/** Fingerprints of values, salted with the stack's passphrase: what the record keeps instead of the values. */
export function digestsOf(secrets: Secrets, passphrase: string): Readonly<Record<string, string>> {
  const digest = (value: string) => createHash("sha256").update(`${passphrase}\0${value}`).digest("hex");
  return Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, digest(value)]));
}

/** Ciphertexts of the last writing that hold the same values still. Encrypting anew would change the file for nothing. */
export function stillSealed(secrets: Secrets, digests: WrittenRecord["digests"], record: WrittenRecord): StackConfig {
  const same = (key: string) => key in record.config && digests[key] === record.digests[key];
  return Object.fromEntries(Object.keys(secrets).flatMap((key) => (same(key) ? [[key, record.config[key]]] : [])));
}
