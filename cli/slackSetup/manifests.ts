/** What the two Slack apps are made from. */
import { z } from "zod";
import type { Context } from "../context.ts";
import { CliError } from "../problems.ts";

/** A manifest, and the scopes that its bot token is granted. */
export interface Manifest {
  readonly json: unknown;
  readonly scopes: readonly string[];
  /** Why Hermes itself was not asked, whose slash commands are missing then; undefined when it was. */
  readonly lacking: string | undefined;
}

const manifestSchema = z.looseObject({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });

/** The agent's app, as the bot's own Hermes says; before its first start, the same without slash commands. */
export async function agentManifest({ client, stack }: Context): Promise<Manifest> {
  try {
    const { raw } = await (await client()).api({ method: "GET", path: "/api/slack-manifest" }, manifestSchema);
    return asManifest(raw);
  } catch (error) {
    if (!(error instanceof CliError)) throw error; // a bot that is not there yet, or has never started, is why one sets Slack up
    return asManifest(shortManifest(stack ?? "local"), error.message);
  }
}

/** The operator's app, whose manifest names the bot's address. @throws CliError before the first deploy */
export async function operatorManifest({ client }: Context): Promise<Manifest> {
  const { raw } = await (await client()).api({ method: "GET", path: "/api/operator-manifest" }, manifestSchema);
  return asManifest(raw);
}

function asManifest(json: unknown, lacking?: string): Manifest {
  return { json, scopes: manifestSchema.parse(json).oauth_config.scopes.bot, lacking };
}

/** What Hermes' own manifest says, beside its slash commands. */
function shortManifest(stack: string) {
  return {
    _metadata: { major_version: 1, minor_version: 1 },
    display_information: { name: `Hermes ${stack}`.slice(0, 35), description: "Your Hermes agent on Slack" },
    features: {
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: "Hermes", always_online: true },
      assistant_view: { assistant_description: "Chat with Hermes in threads and DMs." },
    },
    oauth_config: {
      scopes: {
        bot: [
          ...["app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands"],
          ...["files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write"],
          ...["mpim:history", "mpim:read", "reactions:read", "users:read"],
        ],
      },
    },
    settings: {
      event_subscriptions: {
        bot_events: [
          ...["app_mention", "assistant_thread_context_changed", "assistant_thread_started", "message.channels"],
          ...["message.groups", "message.im", "message.mpim", "reaction_added", "reaction_removed"],
        ],
      },
      interactivity: { is_enabled: true },
      org_deploy_enabled: false,
      socket_mode_enabled: true,
      token_rotation_enabled: false,
    },
  };
}
