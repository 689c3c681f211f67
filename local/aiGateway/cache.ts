/** Answers that are kept for equal requests. */
import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import type { Gateway } from "./account.ts";

/** The life of an answer where the gateway's is 0, in seconds: documentation says none is kept then, and those who measured found them for about five minutes. */
const undeclaredLife = 300;

/** A whole answer. */
export interface Kept {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** What makes two requests equal: provider, path, key and body (developers.cloudflare.com/ai-gateway/features/caching). */
export interface Asked {
  readonly path: string;
  /** The provider's, as it was sent. */
  readonly key: string;
  readonly body: Buffer;
}

export class Cache {
  private readonly kept = new Map<string, { readonly until: number; readonly answer: Kept }>();

  /** @param at milliseconds since 1970 */
  find(gateway: Gateway, asked: Asked, at: number): Kept | undefined {
    const found = this.kept.get(nameOf(gateway, asked));
    return found && found.until > at ? found.answer : undefined;
  }

  /** @param seconds of this request alone; @default the gateway's */
  keep(gateway: Gateway, asked: Asked, answer: Kept, at: number, seconds = gateway.cache_ttl || undeclaredLife): void {
    this.kept.set(nameOf(gateway, asked), { until: at + seconds * 1000, answer });
  }
}

function nameOf({ id, cache_invalidate_on_update, updated_at }: Gateway, { path, key, body }: Asked): string {
  const version = cache_invalidate_on_update ? updated_at : "";
  return createHash("sha256")
    .update(JSON.stringify([id, version, path, key]))
    .update(body)
    .digest("hex");
}
