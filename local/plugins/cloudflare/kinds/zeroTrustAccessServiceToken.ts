import { givenId, type Kind, scope } from "../kind.ts";

/** A pair of id and secret by which a program passes Access. The secret is told once. */
export const zeroTrustAccessServiceToken: Kind = {
  type: "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
  fields: {
    accountId: { in: "path", replaces: true },
    zoneId: { in: "path", replaces: true },
    name: {},
    duration: { optionalComputed: true },
    enabled: { optionalComputed: true },
    clientSecretVersion: { default: 1 },
    previousClientSecretExpiresAt: {},
    clientId: { computed: true },
    clientSecret: { computed: "once", renewedBy: "clientSecretVersion", secret: true },
    expiresAt: { computed: true },
  },
  create: { method: "POST", path: (_id, state) => `${scope(state)}/access/service_tokens` },
  read: (id, state) => `${scope(state)}/access/service_tokens/${id}`,
  update: { method: "PUT", path: (id, state) => `${scope(state)}/access/service_tokens/${id}` },
  delete: (id, state) => `${scope(state)}/access/service_tokens/${id}`,
  id: givenId,
};
