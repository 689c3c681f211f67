import type { ApplicationName } from "../worker/bindings.ts";
import type { BotConfig } from "./config.ts";
import { type BotNames, named } from "./naming.ts";
import { versions } from "./versions.ts";

/** Image reference of each container application. */
export type BotImages = Readonly<Record<ApplicationName, string>>;

/**
 * The images that a bot runs: prebuilt ones from the configuration, else the references under which the stack's own images
 * are pushed.
 */
export function botImages({ accountId, images }: BotConfig, names: BotNames): BotImages {
  return named((application) => {
    const own = `registry.cloudflare.com/${accountId}/${names.applications[application]}:${versions.talaria}`;
    return images[application] ?? own;
  });
}
