import { createHash } from "node:crypto";
import type { RotatingSecret } from "../bindings.ts";
import type { RecordStorage } from "./record.ts";

const kept = "hermesKey";

/**
 * The key of Hermes' API server. A gateway keeps the key that it was started with until it ends, so a rotation reaches it
 * with its next start: until then it is asked with the old one, and no request or stream notices.
 */
export class HermesKey {
  private readonly secret: () => RotatingSecret;
  private readonly storage: RecordStorage;

  constructor(secret: () => RotatingSecret, storage: RecordStorage) {
    this.secret = secret;
    this.storage = storage;
  }

  /** For a gateway that is about to start; its digest is remembered. */
  forStart(): string {
    const { current } = this.secret();
    this.storage.put(kept, digest(current));
    return current;
  }

  /** Of the gateway that runs. */
  value(): string {
    const { current, previous } = this.secret();
    return previous !== undefined && this.storage.get(kept) === digest(previous) ? previous : current;
  }
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
