import type { Properties } from "../../server/properties.ts";
import type { Kind } from "../kind.ts";

/** The header by which R2 tells jurisdictions apart. */
export function jurisdictionHeader(state: Properties): Record<string, string> {
  return { "cf-r2-jurisdiction": String(state.jurisdiction ?? "default") };
}

/** A bucket. Nothing about it can be changed in place; its location comes back in upper case. */
export const r2Bucket: Kind = {
  type: "cloudflare:index/r2Bucket:R2Bucket",
  fields: {
    accountId: { in: "path", replaces: true },
    name: { replaces: true },
    jurisdiction: { in: "nowhere", default: "default", values: ["default", "eu", "fedramp", "us"], replaces: true },
    location: {
      wire: "locationHint",
      optionalComputed: true,
      values: ["apac", "eeur", "enam", "weur", "wnam", "oc"],
      ignoreCase: true,
      replaces: true,
      answeredAs: "location",
    },
    storageClass: {
      default: "Standard",
      values: ["Standard", "InfrequentAccess"],
      replaces: true,
      answeredAs: "storage_class",
    },
    creationDate: { computed: true, answeredAs: "creation_date" },
  },
  camelCase: true,
  headers: jurisdictionHeader,
  create: { method: "POST", path: (_id, { accountId }) => `/accounts/${accountId}/r2/buckets` },
  read: (id, { accountId }) => `/accounts/${accountId}/r2/buckets/${id}`,
  delete: (id, { accountId }) => `/accounts/${accountId}/r2/buckets/${id}`,
  id: ({ name }) => String(name),
  importId: ["accountId", "id", "jurisdiction"],
};
