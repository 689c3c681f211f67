/** The stand-in for `pulumi-resource-docker`. */
import type { Provider } from "../server/provider.ts";
import { image } from "./image.ts";

/** Makes a provider. Its configuration (registries, hosts) is taken and not used: nothing is built here. */
export function dockerProvider(): Provider {
  return {
    name: "docker",
    version: "5.2.0",
    checkConfig: () => [],
    configure() {},
    resource: (type) => (type === "docker:index/image:Image" ? image : undefined),
  };
}
