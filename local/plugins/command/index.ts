/** Entry point of the stand-in: `bin/pulumi-resource-command` runs it. */
import { runPlugin } from "../server/run.ts";
import { commandProvider } from "./provider.ts";

await runPlugin(commandProvider());
