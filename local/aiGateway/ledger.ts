/** The ledger: one line of JSON for each request that came to a gateway. It holds no text of a message and no key. */
import { createHash } from "node:crypto";

/** One request. */
export interface LedgerEntry {
  /** When it came (ISO 8601). */
  readonly at: string;
  /** As it was sent, from `/v1/<account>` on. */
  readonly path: string;
  /** Names of its headers, in lower case and in order. */
  readonly headers: readonly string[];
  /** SHA-256 of the provider's key that it carried, in hex; null where it carried none. */
  readonly keyHash: string | null;
  /** As the real one would keep it: five plain values, or nothing where one is not plain. */
  readonly metadata: Readonly<Record<string, string | number | boolean>> | null;
  /** Whether the real one would have kept prompt and answer. */
  readonly logged: boolean;
  readonly cached: boolean;
  /** The status that was answered. */
  readonly status: number;
  /** The gateway's own code where it refused. */
  readonly code: number | null;
  /** What the answer cost, at this stand-in's price. */
  readonly dollars: number;
}

/** What stands in the ledger for a key. */
export function keyHashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
