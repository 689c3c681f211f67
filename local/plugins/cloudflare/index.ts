/** Entry point of the stand-in: `bin/pulumi-resource-cloudflare` runs it. */
import { runPlugin } from "../server/run.ts";
import { cloudflareProvider } from "./provider.ts";

await runPlugin(cloudflareProvider());
