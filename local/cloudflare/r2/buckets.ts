/** R2 buckets: create, get, list, delete, lifecycle. A bucket that holds objects is not deleted. */
import type { Bucket, BucketCreateParams, BucketListResponse } from "cloudflare/resources/r2/buckets/buckets.js";
import type { LifecycleGetResponse, LifecycleUpdateParams } from "cloudflare/resources/r2/buckets/lifecycle.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint, parse } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { timestamp } from "../core/world.ts";
import { ruleSchema } from "./lifecycleRules.ts";
import { type Jurisdiction, jurisdictions, locations, type StoredBucket, storageClasses } from "./state.ts";

const createSchema = z.strictObject({
  name: z.string(),
  locationHint: z.enum(locations).optional(),
  storageClass: z.enum(storageClasses).optional(),
});
true satisfies Conforms<typeof createSchema, BucketCreateParams>;

const lifecycleSchema = z.strictObject({ rules: z.array(ruleSchema).optional() });
true satisfies Conforms<typeof lifecycleSchema, LifecycleUpdateParams>;

/** The real API answers the location in upper case, which the official client's type does not know. */
type ShownBucket = Omit<Bucket, "location"> & { location: Uppercase<NonNullable<Bucket["location"]>> };

const buckets = "/accounts/:account/r2/buckets";

/** Endpoints of R2 buckets. */
export const bucketEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path: buckets,
    needs: "Workers R2 Storage Read",
    query: z.strictObject({
      name_contains: z.string().optional(),
      per_page: z.coerce.number().int().min(1).max(1000).optional(),
      cursor: z.string().optional(),
      start_after: z.string().optional(),
      order: z.literal("name").optional(),
      direction: z.enum(["asc", "desc"]).optional(),
    }),
    handle({ world, query, headers }) {
      const all = enabled(world)
        .all(jurisdictionOf(headers))
        .filter((one) => one.name.includes(query.name_contains ?? "") && one.name > (query.start_after ?? ""));
      all.sort((a, b) => a.name.localeCompare(b.name) * (query.direction === "desc" ? -1 : 1));
      const from = Number(query.cursor ?? 0);
      const until = from + (query.per_page ?? 20);
      const info = { per_page: until - from, ...(until < all.length ? { cursor: String(until) } : {}) };
      const shownPage = all.slice(from, until).map(shown);
      return ok<Omit<BucketListResponse, "buckets"> & { buckets: ShownBucket[] }>({ buckets: shownPage }, info);
    },
  }),
  endpoint({
    method: "POST",
    path: buckets,
    needs: "Workers R2 Storage Write",
    body: createSchema,
    handle({ world, body, headers }) {
      const jurisdiction = jurisdictionOf(headers);
      if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(body.name)) throw new ApiProblem("bucketNameInvalid");
      if (enabled(world).get(body.name, jurisdiction)) throw new ApiProblem("bucketExists");
      const bucket = world.buckets.put({
        name: body.name,
        jurisdiction,
        location: body.locationHint ?? "weur",
        storageClass: body.storageClass ?? "Standard",
        creationDate: timestamp(),
        rules: [],
      });
      return ok<ShownBucket>(shown(bucket));
    },
  }),
  endpoint({
    method: "GET",
    path: `${buckets}/:bucket`,
    needs: "Workers R2 Storage Read",
    handle: ({ world, param, headers }) => ok<ShownBucket>(shown(existing(world, param("bucket"), headers))),
  }),
  endpoint({
    method: "DELETE",
    path: `${buckets}/:bucket`,
    needs: "Workers R2 Storage Write",
    async handle({ world, param, headers }) {
      const bucket = existing(world, param("bucket"), headers);
      if ((await world.runtime.bucketSize(bucket.name)) > 0) throw new ApiProblem("bucketNotEmpty");
      world.buckets.delete(bucket);
      await world.runtime.removeBucket(bucket.name);
      return ok({});
    },
  }),
  endpoint({
    method: "GET",
    path: `${buckets}/:bucket/lifecycle`,
    needs: "Workers R2 Storage Read",
    handle: ({ world, param, headers }) =>
      ok<LifecycleGetResponse>({ rules: existing(world, param("bucket"), headers).rules }),
  }),
  endpoint({
    method: "PUT",
    path: `${buckets}/:bucket/lifecycle`,
    needs: "Workers R2 Storage Write",
    body: lifecycleSchema,
    handle({ world, param, headers, body }) {
      const bucket = existing(world, param("bucket"), headers);
      return ok<LifecycleGetResponse>({ rules: world.buckets.put({ ...bucket, rules: body.rules ?? [] }).rules });
    },
  }),
];

function enabled(world: World): World["buckets"] {
  if (!world.plan.r2) throw new ApiProblem("r2Disabled");
  return world.buckets;
}

function jurisdictionOf(headers: Headers): Jurisdiction {
  return parse(z.enum(jurisdictions), headers.get("cf-r2-jurisdiction") ?? "default", "header cf-r2-jurisdiction");
}

function existing(world: World, name: string, headers: Headers): StoredBucket {
  const bucket = enabled(world).get(name, jurisdictionOf(headers));
  if (!bucket) throw new ApiProblem("bucketMissing");
  return bucket;
}

function shown(bucket: StoredBucket): ShownBucket {
  return {
    name: bucket.name,
    creation_date: bucket.creationDate,
    location: bucket.location.toUpperCase() as ShownBucket["location"],
    storage_class: bucket.storageClass,
    jurisdiction: bucket.jurisdiction,
  };
}
