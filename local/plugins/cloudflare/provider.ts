/** The stand-in for `pulumi-resource-cloudflare`. */
import type { Provider, Resource } from "../server/provider.ts";
import { type Api, connectApi } from "./api.ts";
import { accessOf, checkConfig } from "./config.ts";
import { invokes } from "./invokes.ts";
import { kinds } from "./kinds/index.ts";
import { resourceOf } from "./resource.ts";

/** Makes a provider; each plugin process has one, configured once. */
export function cloudflareProvider(): Provider {
  let api: Api | undefined;
  const configured = () => {
    if (api) return api;
    throw new Error("The plugin has to be configured before it can make a request.");
  };
  const resources = new Map<string, Resource>(kinds.map((kind) => [kind.type, resourceOf(kind, configured)]));
  return {
    name: "cloudflare",
    version: "6.22.1",
    checkConfig,
    configure: (config) => {
      api = connectApi(accessOf(config));
    },
    resource: (type) => resources.get(type),
    invoke: (token, args, signal) => invokes[token]?.(configured(), args, signal),
  };
}
