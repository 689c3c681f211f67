import { expect, it } from "vitest";
import { sourceOfText } from "../testing/stackSource.ts";
import { parseConfig } from "./parse.ts";
import { describeProblems } from "./problem.ts";

/** What everybody has; a case leaves out what it says by itself. */
const least: Readonly<Record<string, string>> = {
  accountId: "abababababababababababababababab",
  cloudflareApiToken: "{ secure: a-token-of-forty-characters-0123456789ab }",
  repositoryPassword: "{ secure: of the test }",
  anthropicApiKey: "{ secure: sk-ant-of-the-test }",
};

interface WrongConfig {
  /** Lines below `config`, keys without their namespace; `key: ~` takes a key away. */
  readonly says: string;
  /** Files of the repository. */
  readonly files?: Readonly<Record<string, string>>;
}

const slack = `slackBotToken: { secure: xoxb-1-2-abcdefghij }\nslackAppToken: { secure: xapp-1-A-1-abcdefghijklmnop }\n`;
const wrong: Readonly<Record<string, WrongConfig>> = {
  "nothing at all": { says: "accountId: ~\ncloudflareApiToken: ~\nrepositoryPassword: ~\nanthropicApiKey: ~" },
  "an account by its name, and a misspelt key": { says: "accountId: my-account\nslepAfter: 1h" },
  "a secret in plain text": { says: "openaiApiKey: sk-in-plain-text-0123456789" },
  "a secret in a key that is deployed as plain text": {
    says: "environment:\n  TOKEN: { secure: hidden-in-environment }",
  },
  "words where an AI Gateway and a cap have their own": {
    says: "aiGateway:\n  onFailure: maybe\n  logs: sometimes\n  cacheSeconds: 5\n  requestsPerMinute: none\nspend:\n  unknownPrice: guess\n  perDay: much",
  },
  "prices of models with dots in their names": {
    says: "spend:\n  prices:\n    openai/gpt-4.1: { input: -1 }\n    gpt-5.1: { input: 1, output: 1 }\n    custom/m: { inptu: 1, input: 1, output: 1 }",
  },
  "a model without provider": { says: "model:\n  default: claude-opus-4-8" },
  "a misspelt provider": { says: "model:\n  default: antropic/claude-opus-4-8" },
  "a model whose provider has no key": { says: "model:\n  default: openrouter/x-ai/grok-5" },
  "an endpoint of one's own without an address": { says: "modelApiKey: { secure: k }\nmodel:\n  default: custom/mine" },
  "a context that Hermes does not run with": { says: "model:\n  contextLength: 8000" },
  "a route that leads to a model without a key": {
    says: "model:\n  routes:\n    fast: { model: openai/gpt-5.4-mini }",
  },
  "Codex without a network": { says: "model:\n  default: openai-codex/gpt-5.4\nagent:\n  network: none" },
  "times in other words": { says: "sleepAfter: 4 hours\nsecretOverlap: never\ncron: every day" },
  "sizes that nobody sells": { says: "sizes:\n  hermes: standard-9\n  care: huge\nkeepImages: 0" },
  "sizes of one's own that Cloudflare does not give": {
    says: "sizes:\n  hermes: { vcpu: 2, memoryGib: 4, diskGb: 30 }\n  exec: { vcpu: 0.5, memoryGib: 3, diskGb: 8 }\n  care: { vcpu: 1, memoryGib: 4, diskGb: 12 }",
  },
  "a size that is not all said, and is said in other words": {
    says: "sizes:\n  hermes: { vcpus: 1, memoryGib: 4, diskGb: 8 }\n  exec: { vcpu: 1, memoryGib: 4GiB }\n  care: [1, 4, 8]",
  },
  "an image that its tag may change": { says: "images:\n  hermes: docker.io/me/hermes:latest" },
  "packages with a command in them": {
    says: 'extraPackages: ["jq; rm -rf /"]\nagent:\n  extraPythonPackages: ["git+https://example.com/x"]',
  },
  "an allowlist with a URL on it": { says: 'exec:\n  network: allowlist\n  hosts: ["https://pypi.org/simple", "*"]' },
  "hosts that no list is looked at for": { says: "agent:\n  hosts: [api.example.com]" },
  "a sandbox for each command, and one at once": { says: "exec:\n  isolation: command\n  parallel: 1" },
  "an Access that lets nobody in": { says: "access:\n  mails: [me@example.com]" },
  "a dashboard in the bot's own place": { says: "hostname: bot.example.com\ndashboard:\n  hostname: bot.example.com" },
  "alarms that reach nobody": {
    says: "alarms:\n  slackChannel: '#ops'\n  quietHours: { from: '25:00', to: '07:00', timezone: Berlin }",
  },
  "an operator's bot that nobody may ask": {
    says: "operatorSlackBotToken: { secure: xoxb-1-2-abcdefghij }\noperatorSlackSigningSecret: { secure: 0123456789abcdef0123456789abcdee }",
  },
  "a bucket in capitals": { says: "snapshots:\n  bucket: Mine\n  keep: { last: 0 }" },
  "a platform that cannot work here": { says: "whatsapp:\n  allowedUsers: ['+491701234567']" },
  "a chat platform whose hosts are not on the list": {
    says: `${slack}slack:\n  allowAllUsers: true\nagent:\n  network: allowlist\n  hosts: [slack.com]`,
  },
  "a misspelt setting, and one with another kind of value": {
    says: "settings:\n  agent:\n    max_turn: 60\n    api_max_retries: many",
  },
  "settings of Talaria's own": { says: "settings:\n  terminal: { backend: docker }\n  model: { default: gpt-5 }" },
  "a key of a provider among the settings": {
    says: "settings:\n  auxiliary:\n    vision: { api_key: sk-0123456789abcdef0123 }",
  },
  "a key inside a list of the settings": {
    says: "settings:\n  custom_providers:\n    - { name: mine, api_key: sk-0123456789abcdef0123 }",
  },
  "a file of settings with a mistake in it": {
    says: "settingsFiles: [settings/base.yaml, settings/none.yaml]",
    files: { "settings/base.yaml": "agent:\n  max_turns: 60\n\tapi_max_retries: 3\n" },
  },
  "a config.yaml beside settings": {
    says: "configFile: config.yaml\nsettings:\n  agent: { max_turns: 3 }",
    files: { "config.yaml": "agent:\n  max_turn: 3\n" },
  },
  "variables of Talaria's own, and one that is a token": {
    says: "environment:\n  HERMES_HOME: /opt/data\n  GITHUB_TOKEN: ghp_0123456789abcdef0123456789abcdef0123",
  },
  "secret variables that have keys of their own": {
    says: "secretEnvironment:\n  OPENAI_API_KEY: { secure: sk-hidden }\n  SLACK_BOT_TOKEN: { secure: xoxb-hidden }\n  PLAIN: in-plain-text",
  },
  "a file of secret variables that is not there": { says: "secretEnvironmentFiles: [.env.prod]" },
  "a log-in that is no JSON": { says: "authFile: auth.json", files: { "auth.json": "token: hidden" } },
  "documents where Hermes does not read them": {
    says: "documents:\n  USER.md: me\n  config.yaml: 'a: 1'\n  ../SOUL.md: x\n  workspace/AGENTS.md: { file: docs/AGENTS.md }",
  },
  "a document with a token in it": {
    says: "documents:\n  SOUL.md: { file: SOUL.md }",
    files: { "SOUL.md": "Be kind.\nUse ghp_0123456789abcdef0123456789abcdef0123.\n" },
  },
  "a skill without its mark, and a plugin that is no folder": {
    says: "skills:\n  pdf: skills/pdf\nplugins:\n  mine: 3",
    files: { "skills/pdf/README.md": "x" },
  },
  "an MCP server of two kinds, and one of none": {
    says: "mcpServers:\n  both: { command: server, url: 'https://mcp.example.com' }\n  none: { timeout: 3 }",
  },
  "MCP servers that anybody could change": {
    says: "mcpServers:\n  files: { command: npx, args: ['-y', '@modelcontextprotocol/server-filesystem', /workspace] }",
  },
  "a token in an MCP server's header": {
    says: "mcpServers:\n  linear:\n    url: https://mcp.example.com/mcp\n    headers: { Authorization: Bearer abcdefghijklmnop }",
  },
  "an MCP server in plain http": { says: "mcpServers:\n  linear: { url: 'http://mcp.example.com/mcp', auth: oauth }" },
  "misspelt fields of an MCP server": {
    says: "mcpServers:\n  odd: { command: server, tols: {}, sampling: { maxTokenCap: 9 } }",
  },
  "a Hermes of which nobody knows the hash": { says: "hermesVersion: 0.23.0" },
  "a base image that may be another one tomorrow": { says: "baseImage: debian:trixie" },
  "a restart in systemd's words": { says: "restart:\n  policy: on-abnormal\n  delaySeconds: soon" },
  "a time zone that is none, and arguments that are Talaria's": {
    says: "timezone: Berlin\nextraArgs: [--replace, --port]",
  },
  "a limit of money in words": { says: "spend:\n  perDay: five" },
  "a working directory that leads out": { says: "workingDirectory: ../elsewhere" },
};

function textOf(says: string): string {
  const own = says.split("\n");
  const named = new Set(own.map((line) => /^(\w+):/.exec(line)?.[1]));
  const kept = Object.entries(least).flatMap(([key, value]) => (named.has(key) ? [] : [`  talaria:${key}: ${value}`]));
  const lines = own.filter((line) => !line.endsWith(": ~")).map((line) => `  ${line.replace(/^(?=\w+:)/, "talaria:")}`);
  return ["config:", ...kept, ...lines, ""].join("\n");
}

function message({ says, files = {} }: WrongConfig): string {
  const { problems } = parseConfig(sourceOfText(textOf(says), files));
  return describeProblems("talaria", "dev", problems);
}

const all = Object.entries(wrong).map(([name, config]) => ({ name, config }));

it("are forty and more, beside those of the chat platforms", () => expect(all.length).toBeGreaterThanOrEqual(40));

it.each(all)("tells of $name what is wrong, where, and what to type", ({ config }) => {
  expect(message(config)).toMatchSnapshot();
});

it.each(all)("names a place for each problem of $name, and repeats no secret", ({ config }) => {
  const { problems } = parseConfig(sourceOfText(textOf(config.says), config.files));
  for (const { key, at, next } of problems) {
    expect(next.length, key).toBeGreaterThan(0);
    if (!message(config).includes("is missing")) expect(at, key).toBeTruthy();
  }
  expect(message(config)).not.toMatch(/hidden|in-plain-text|0123456789abcdef|abcdefghijklmnop/);
});
