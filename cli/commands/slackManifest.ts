/** `talaria slack-manifest`: what a Slack app for this bot is made from. */
import { z } from "zod";
import type { Context } from "../context.ts";

/** Prints the manifest that Hermes gave at its last start: JSON, with `--json` or without. */
export async function slackManifest({ output, client }: Context): Promise<void> {
  const { raw } = await (await client()).api({ method: "GET", path: "/api/slack-manifest" }, z.looseObject({}));
  output.result(raw, () => JSON.stringify(raw, undefined, 2));
}
