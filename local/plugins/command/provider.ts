/** The stand-in for `pulumi-resource-command`. */
import type { Provider } from "../server/provider.ts";
import { localCommand } from "./localCommand.ts";

/** Makes a provider. It needs no configuration. */
export function commandProvider(): Provider {
  return {
    name: "command",
    version: "1.2.1",
    checkConfig: () => [],
    configure() {},
    resource: (type) => (type === "command:local:Command" ? localCommand : undefined),
  };
}
