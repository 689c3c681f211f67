import { givenId, type Kind } from "../kind.ts";

/** A hostname of one's own zone that leads to a Worker. */
export const workersCustomDomain: Kind = {
  type: "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
  fields: {
    accountId: { in: "path", replaces: true },
    hostname: {},
    service: {},
    environment: { optionalComputed: true },
    zoneId: { optionalComputed: true },
    zoneName: { optionalComputed: true },
    certId: { computed: true },
  },
  create: { method: "PUT", path: (_id, { accountId }) => `/accounts/${accountId}/workers/domains` },
  read: (id, { accountId }) => `/accounts/${accountId}/workers/domains/${id}`,
  update: { method: "PUT", path: (_id, { accountId }) => `/accounts/${accountId}/workers/domains` },
  delete: (id, { accountId }) => `/accounts/${accountId}/workers/domains/${id}`,
  id: givenId,
  importId: ["accountId", "id"],
};
