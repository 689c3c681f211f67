/** Entry point of the stand-in: `bin/pulumi-resource-docker` runs it. */
import { runPlugin } from "../server/run.ts";
import { dockerProvider } from "./provider.ts";

await runPlugin(dockerProvider());
