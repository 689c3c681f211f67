import { commands, slashOf } from "./commands.ts";

/** The manifest of the operator's Slack app: one command, its buttons, and no more scopes than these two need. */
export function manifestOf(bot: string, origin: string) {
  const asked = Object.entries(commands).map(([name, command]) =>
    "argument" in command ? `${name} ${command.argument}` : name,
  );
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name: `${bot} operator`.slice(0, 35),
      description: "Looks after a Hermes Agent, also while it does not answer.",
      background_color: "#1c1b19",
    },
    features: {
      // What takes longer than Slack waits is written here, if the command's own answer cannot be.
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
      bot_user: { display_name: `${bot}-operator`.slice(0, 80), always_online: true },
      slash_commands: [
        {
          command: slashOf(bot),
          url: `${origin}/slack/commands`,
          description: `Ask after ${bot}, or bring it back`,
          usage_hint: `[${asked.join(" | ")}]`,
          should_escape: false,
        },
      ],
    },
    oauth_config: { scopes: { bot: ["commands", "chat:write"] } },
    settings: {
      interactivity: { is_enabled: true, request_url: `${origin}/slack/actions` },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      token_rotation_enabled: false,
    },
  };
}
