/** The account of the loopback Cloudflare; `Pulumi.local.yaml` names it. */
export const localAccountId = "10ca110ca110ca110ca110ca110ca110";
