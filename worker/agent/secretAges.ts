/** How old the secrets are, as far as the bot can tell: since when it has seen the values that they have now. */
import { createHash } from "node:crypto";
import * as z from "zod";
import type { NamedSecret } from "../secrets.ts";
import type { KeyStorage } from "../storage.ts";

const storageKey = "secret-ages";
/** Hex digits of the digest that is kept: enough to tell two values apart, not to find one. */
const digestLength = 12;

const shownDigits = 6;

const seenSchema = z.record(z.string(), z.object({ digest: z.string(), since: z.string() }));

/** A secret without its value. Times are ISO 8601. */
export interface SecretAge {
  readonly name: string;
  /** Made by the stack, or from its config. */
  readonly origin: NamedSecret["origin"];
  /** When the bot first saw the value that it has now; the value may be older than the bot. */
  readonly since: string;
  /** Until when the value before is valid, too; null: no overlap. */
  readonly overlapUntil: string | null;
  /** Six hex digits of a digest: another value has another one. */
  readonly fingerprint: string;
  /** Whether Hermes' gateway gets it. */
  readonly inGateway: boolean;
}

/** Keeps names, short digests and times; never a value. */
export class SecretAges {
  private readonly storage: KeyStorage;
  private readonly secrets: () => readonly NamedSecret[];
  private readonly now: () => number;

  /** @param secrets those that are configured */
  constructor(storage: KeyStorage, secrets: () => readonly NamedSecret[], now: () => number) {
    this.storage = storage;
    this.secrets = secrets;
    this.now = now;
  }

  /** Looks at the values and notes which are new. A secret that is configured no more is forgotten. */
  look(): SecretAge[] {
    const { data: before = {} } = seenSchema.safeParse(this.storage.get(storageKey));
    const at = new Date(this.now()).toISOString();
    const seen = this.secrets().map(({ name, origin, value, overlapUntil, inGateway }) => {
      const digest = createHash("sha256").update(`${name}\0${value}`).digest("hex").slice(0, digestLength);
      const known = before[name];
      return { name, origin, overlapUntil, inGateway, digest, since: known?.digest === digest ? known.since : at };
    });
    const after = Object.fromEntries(seen.map(({ name, digest, since }) => [name, { digest, since }]));
    if (JSON.stringify(after) !== JSON.stringify(before)) this.storage.put(storageKey, after);
    return seen.map(({ digest, ...age }) => ({ ...age, fingerprint: digest.slice(0, shownDigits) }));
  }
}
