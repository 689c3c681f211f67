import * as z from "zod";
import type { KeyStorage } from "../storage.ts";
import type { Books } from "./books.ts";

const storageKey = "fresh-start";
const orderSchema = z.object({ promotion: z.number() });

/**
 * An operator's order to start with an empty home although there are snapshots: the one exception to I4. It is used up by the
 * first promotion that comes after it, so that a container which ends before its new memory is saved is followed by an empty
 * one, never by what was given up.
 */
export class FreshStart {
  private readonly parts: { readonly storage: KeyStorage; readonly books: Books };

  constructor(parts: { readonly storage: KeyStorage; readonly books: Books }) {
    this.parts = parts;
  }

  order(): void {
    this.parts.storage.put(storageKey, { promotion: this.promotion });
  }

  /** For an operator who chooses a snapshot after all. */
  cancel(): void {
    this.parts.storage.delete(storageKey);
  }

  /** Whether the next home is empty, and a living one is not to be compared with what was before. */
  get inForce(): boolean {
    const { data } = orderSchema.safeParse(this.parts.storage.get(storageKey));
    return data !== undefined && data.promotion === this.promotion;
  }

  private get promotion(): number {
    return this.parts.books.promoted?.number ?? 0;
  }
}
