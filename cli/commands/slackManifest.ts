/** `talaria slack-manifest`: what a Slack app for this bot is made from. */
import { z } from "zod";
import type { Context } from "../context.ts";

/** Options of `slack-manifest`. */
export interface SlackManifestOptions {
  /** The app that the operator asks, in place of the one that the agent talks by. */
  readonly operator?: boolean;
}

/** Prints a manifest as JSON, with `--json` or without: the one that Hermes gave at its last start, or that of the operator's bot. */
export async function slackManifest(
  { output, client }: Context,
  { operator = false }: SlackManifestOptions,
): Promise<void> {
  const path = operator ? "/api/operator-manifest" : "/api/slack-manifest";
  const { raw } = await (await client()).api({ method: "GET", path }, z.looseObject({}));
  output.result(raw, () => JSON.stringify(raw, undefined, 2));
}
