import { givenId, type Kind } from "../kind.ts";

/** A reusable Access policy: who may pass. */
export const zeroTrustAccessPolicy: Kind = {
  type: "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy",
  fields: {
    accountId: { in: "path", replaces: true },
    name: {},
    decision: { values: ["allow", "deny", "non_identity", "bypass"] },
    includes: {},
    excludes: {},
    requires: {},
    sessionDuration: { default: "24h" },
    approvalGroups: {},
    approvalRequired: {},
    connectionRules: {},
    isolationRequired: {},
    mfaConfig: { optionalComputed: true },
    purposeJustificationPrompt: {},
    purposeJustificationRequired: {},
    appCount: { computed: true },
    createdAt: { computed: true },
    reusable: { computed: true },
    updatedAt: { computed: true },
  },
  names: { includes: "include", excludes: "exclude", requires: "require" },
  create: { method: "POST", path: (_id, { accountId }) => `/accounts/${accountId}/access/policies` },
  read: (id, { accountId }) => `/accounts/${accountId}/access/policies/${id}`,
  update: { method: "PUT", path: (id, { accountId }) => `/accounts/${accountId}/access/policies/${id}` },
  delete: (id, { accountId }) => `/accounts/${accountId}/access/policies/${id}`,
  id: givenId,
  importId: ["accountId", "id"],
};
