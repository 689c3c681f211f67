import type * as z from "zod";
import type { KeyStorage } from "../storage.ts";

/** A value in the object's storage, parsed where it is read and written only where it changes. */
export class Stored<T> {
  private readonly storage: KeyStorage;
  private readonly key: string;
  private kept: T;

  /** `blank`: what there is before the first write, and where what is stored has another form. */
  constructor(storage: KeyStorage, key: string, schema: z.ZodType<T>, blank: T) {
    this.storage = storage;
    this.key = key;
    const parsed = schema.safeParse(storage.get(key));
    this.kept = parsed.success ? parsed.data : blank;
  }

  get value(): T {
    return this.kept;
  }

  put(value: T): void {
    if (value === this.kept || JSON.stringify(value) === JSON.stringify(this.kept)) return;
    this.kept = value;
    this.storage.put(this.key, value);
  }

  change(how: (value: T) => T): void {
    this.put(how(this.kept));
  }
}
