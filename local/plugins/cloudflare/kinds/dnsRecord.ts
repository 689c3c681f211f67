import { givenId, type Kind } from "../kind.ts";

const types = [
  ...["A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT", "CAA", "CERT", "DNSKEY", "DS", "HTTPS", "LOC"],
  ...["NAPTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "URI"],
];

/** A DNS record of a zone. */
export const dnsRecord: Kind = {
  type: "cloudflare:index/dnsRecord:DnsRecord",
  fields: {
    zoneId: { in: "path", replaces: true },
    name: {},
    type: { values: types },
    content: { optionalComputed: true },
    ttl: {},
    proxied: { optionalComputed: true },
    comment: {},
    data: {},
    includeShadowMetadata: { in: "nowhere" },
    priority: {},
    privateRouting: { optionalComputed: true },
    settings: { optionalComputed: true },
    tags: { optionalComputed: true },
    commentModifiedOn: { computed: true },
    createdOn: { computed: true },
    meta: { computed: true },
    modifiedOn: { computed: true },
    proxiable: { computed: true },
    tagsModifiedOn: { computed: true },
  },
  create: { method: "POST", path: (_id, { zoneId }) => `/zones/${zoneId}/dns_records` },
  read: (id, { zoneId }) => `/zones/${zoneId}/dns_records/${id}`,
  update: { method: "PUT", path: (id, { zoneId }) => `/zones/${zoneId}/dns_records/${id}` },
  delete: (id, { zoneId }) => `/zones/${zoneId}/dns_records/${id}`,
  id: givenId,
  importId: ["zoneId", "id"],
};
