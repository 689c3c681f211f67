import { isObject, isUnknown } from "../../server/properties.ts";
import { givenId, type Kind } from "../kind.ts";

const effects = ["allow", "deny"];

/** An API token of the account. Its value is told once, when it is made. */
export const accountToken: Kind = {
  type: "cloudflare:index/accountToken:AccountToken",
  fields: {
    accountId: { in: "path", replaces: true },
    name: {},
    policies: {},
    condition: {},
    expiresOn: {},
    notBefore: {},
    status: { optionalComputed: true, values: ["active", "disabled", "expired"] },
    creatorEmailAtCreation: { computed: true },
    issuedOn: { computed: true },
    lastUsedOn: { computed: true },
    modifiedOn: { computed: true },
    provisionerId: { computed: true },
    provisionerType: { computed: true },
    value: { computed: "once", secret: true },
  },
  names: { ins: "in", notIns: "not_in" },
  jsonText: ["resources"],
  create: { method: "POST", path: (_id, { accountId }) => `/accounts/${accountId}/tokens` },
  read: (id, { accountId }) => `/accounts/${accountId}/tokens/${id}`,
  update: { method: "PUT", path: (id, { accountId }) => `/accounts/${accountId}/tokens/${id}` },
  delete: (id, { accountId }) => `/accounts/${accountId}/tokens/${id}`,
  id: givenId,
  importId: ["accountId", "id"],
  check: ({ policies }) =>
    (Array.isArray(policies) ? policies : []).flatMap((policy, index) => {
      if (!isObject(policy) || isUnknown(policy.effect) || effects.includes(String(policy.effect))) return [];
      const got = policy.effect ?? null;
      return [{ attribute: `policies[${index}].effect`, path: `policies[${index}].effect`, values: effects, got }];
    }),
};
