/** The stand-in for `pulumi-resource-docker`. */
import type { Provider } from "../server/provider.ts";
import { image } from "./image.ts";

/** Makes a provider. It builds with the `docker` on PATH, which finds its daemon by DOCKER_HOST; configuration is not taken. */
export function dockerProvider(): Provider {
  return {
    name: "docker",
    version: "5.2.0",
    checkConfig: () => [],
    configure() {},
    resource: (type) => (type === "docker:index/image:Image" ? image : undefined),
  };
}
