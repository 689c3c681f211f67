/** An existing Hermes on disk, with a secret in each place where people have them. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** Every secret of the home below; none may come out in a plain place. */
export const secret = {
  anthropic: `sk-ant-${"a".repeat(30)}`,
  slackBot: `xoxb-${"1".repeat(12)}-${"a".repeat(24)}`,
  slackApp: `xapp-1-${"A".repeat(11)}-${"b".repeat(64)}`,
  telegram: `123456789:${"T".repeat(35)}`,
  github: `ghp_${"g".repeat(36)}`,
  tavily: "tvly-no-known-form-1234",
  vision: "an unremarkable phrase 77",
  custom: "key-of-a-custom-provider-0001",
  header: "opaque0123456789",
  postgres: "postgresql://bot:hunter2hunter2@db.example.com/x",
  refresh: "rt-0123456789abcdef",
};

const env = `
ANTHROPIC_API_KEY=${secret.anthropic}
SLACK_BOT_TOKEN=${secret.slackBot}
SLACK_APP_TOKEN="${secret.slackApp}"
SLACK_ALLOWED_USERS=U01ABC2DE3F, U01ABC2DE3G
TAVILY_API_KEY=${secret.tavily}
GITHUB_TOKEN=${secret.github}
API_SERVER_KEY=0123456789abcdef0123
TERMINAL_ENV=docker
WHATSAPP_ENABLED=true
EMPTY=
`;
const config = {
  _config_version: 33,
  model: { default: "claude-opus-4-8", provider: "anthropic", base_url: "https://api.anthropic.com" },
  timezone: "Europe/Berlin",
  agent: { max_turns: 60, api_max_retries: 3 },
  terminal: { backend: "docker", docker_image: "mine:1", timeout: 240 },
  auxiliary: { vision: { provider: "openrouter", api_key: secret.vision } },
  custom_providers: [{ name: "mine", base_url: "https://models.example.com/v1", api_key: secret.custom }],
  slack: { require_mention: false },
  platforms: { telegram: { enabled: true, token: secret.telegram } },
  no_such_key: { at: "all" },
  mcp_servers: {
    github: {
      command: "npx",
      args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
      env: { GITHUB_TOKEN: secret.github, LOG: "/tmp/log", VERBOSE: true },
      connect_timeout: 30,
      tools: { include: ["search_*"] },
      sampling: { max_tokens_cap: 512 },
    },
    remote: { url: "https://mcp.example.com/mcp", headers: { "X-Whatever": secret.header, Accept: "text/plain" } },
    db: { command: "python3", args: ["-m", "db", secret.postgres] },
  },
};

/** A home on disk. */
export function aHome(files: Readonly<Record<string, string>> = {}): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-home-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const all = {
    ".hermes/.env": env,
    ".hermes/config.yaml": JSON.stringify(config),
    ".hermes/SOUL.md": "Speak like a captain.\n",
    ".hermes/memories/MEMORY.md": "the dog is called Gus",
    ".hermes/auth.json": JSON.stringify({
      providers: { "openai-codex": { tokens: { refresh_token: secret.refresh } } },
    }),
    "workspace/AGENTS.md": "Run the tests.\n",
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}
