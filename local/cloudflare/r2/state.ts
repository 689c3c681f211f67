/** R2 buckets and their lifecycle rules. Objects are the runtime's. */
import { z } from "zod";
import type { Collection, Store } from "../core/store.ts";
import { ruleSchema } from "./lifecycleRules.ts";

/** Jurisdictions of a bucket. */
export const jurisdictions = ["default", "eu", "us", "fedramp", "fedramp-high"] as const;
/** Location hints of a bucket. */
export const locations = ["apac", "eeur", "enam", "weur", "wnam", "oc"] as const;
/** Storage classes of a bucket. */
export const storageClasses = ["Standard", "InfrequentAccess"] as const;

const bucketSchema = z.strictObject({
  name: z.string(),
  jurisdiction: z.enum(jurisdictions),
  location: z.enum(locations),
  storageClass: z.enum(storageClasses),
  creationDate: z.string(),
  rules: z.array(ruleSchema),
});
/** A bucket as it is kept. */
export type StoredBucket = z.infer<typeof bucketSchema>;
/** A jurisdiction. */
export type Jurisdiction = StoredBucket["jurisdiction"];

/** Buckets by jurisdiction and name. */
export class BucketState {
  readonly #buckets: Collection<StoredBucket>;

  constructor(store: Store) {
    this.#buckets = store.collection("buckets", bucketSchema);
  }

  all(jurisdiction: Jurisdiction): StoredBucket[] {
    return this.#buckets.all().filter((one) => one.jurisdiction === jurisdiction);
  }

  get(name: string, jurisdiction: Jurisdiction = "default"): StoredBucket | undefined {
    return this.#buckets.get(`${jurisdiction}/${name}`);
  }

  put(bucket: StoredBucket): StoredBucket {
    return this.#buckets.put(`${bucket.jurisdiction}/${bucket.name}`, bucket);
  }

  delete(bucket: StoredBucket): void {
    this.#buckets.delete(`${bucket.jurisdiction}/${bucket.name}`);
  }
}
