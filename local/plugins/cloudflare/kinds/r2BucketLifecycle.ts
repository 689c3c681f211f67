import type { Kind, Path } from "../kind.ts";
import { jurisdictionHeader } from "./r2Bucket.ts";

const path: Path = (_id, { accountId, bucketName }) => `/accounts/${accountId}/r2/buckets/${bucketName}/lifecycle`;

/** The lifecycle rules of a bucket. Destroying it sends nothing. */
export const r2BucketLifecycle: Kind = {
  type: "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle",
  fields: {
    accountId: { in: "path", replaces: true },
    bucketName: { in: "path", replaces: true },
    jurisdiction: { in: "nowhere", default: "default", values: ["default", "eu", "fedramp", "us"], replaces: true },
    rules: {},
  },
  camelCase: true,
  headers: jurisdictionHeader,
  create: { method: "PUT", path },
  read: path,
  update: { method: "PUT", path },
  id: ({ bucketName }) => String(bucketName),
};
