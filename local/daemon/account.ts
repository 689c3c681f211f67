/** The account of the loopback Cloudflare; `Pulumi.local.yaml` names it. */
export const localAccountId = "10ca110ca110ca110ca110ca110ca110";

/** A zone whose names browsers and curl take for this machine: `dashboard.talaria.localhost` reaches a Worker by its port. */
export const localZone = { id: "10ca1051".repeat(4), name: "talaria.localhost" };
