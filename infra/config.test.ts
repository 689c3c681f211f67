import { expect, test } from "vitest";
import { typedFor } from "./config/problem.ts";
import { botConfig } from "./config.ts";
import { aDiscord, aSlack, aSource, aTelegram, leastValues } from "./testing/source.ts";

/** What a person reads when a stack configures this. */
function message(changes: Record<string, unknown>, plainSecrets: readonly string[] = []): string {
  try {
    botConfig(aSource(changes, plainSecrets));
  } catch (error) {
    return String((error as Error).message);
  }
  return "no problem";
}

test("takes the least configuration and fills in the defaults", () => {
  const { secrets, apiToken: _token, ...config } = botConfig(aSource());
  expect(Object.keys(secrets).sort()).toEqual(["ANTHROPIC_API_KEY", "REPOSITORY_PASSWORD"]);
  expect(config).toMatchObject({
    apiBaseUrl: "https://api.cloudflare.com/client/v4",
    engine: "cloudflare",
    cron: "*/5 * * * *",
    sleepAfterSeconds: 14_400,
    maxConcurrentRuns: 32,
    deleteSnapshots: false,
    secretOverlapSeconds: 86_400,
    model: { default: "anthropic/claude-sonnet-4-6" },
    snapshots: { jurisdiction: "default", intervalMinutes: 5, keep: { last: 20, hourly: 24, daily: 14 }, drillDays: 7 },
    sizes: { hermes: "standard-1", exec: "basic", care: "standard-1" },
    exec: {
      isolation: "session",
      parallel: 4,
      spare: 1,
      network: "internet",
      persist: true,
      idleMinutes: 10,
      boxMinutesPerDay: 1440,
    },
    agent: { network: "internet", hosts: [] },
    chatApis: {
      slack: "https://slack.com/api",
      telegram: "https://api.telegram.org",
      discord: "https://discord.com/api/v10",
    },
    secretVersions: { adminToken: 1, clientToken: 1, apiServerKey: 1, sessionKey: 1, r2Token: 1, serviceToken: 1 },
    chatPlatforms: [],
  });
});

test("takes a size in numbers, also as text, and calls one by its name that has one", () => {
  const own = { vcpu: "1.5", memoryGib: 4.5, diskGb: "8" };
  const config = botConfig(aSource({ sizes: { hermes: own, exec: { vcpu: 0.5, memoryGib: 4, diskGb: 8 } } }));
  expect(config.sizes).toEqual({
    hermes: { vcpu: 1.5, memoryGib: 4.5, diskGb: 8 },
    ...{ exec: "standard-1", care: "standard-1" },
  });
});

test("never lets a bot sleep that holds a chat socket", () => {
  const config = botConfig(aSource({ sleepAfter: "30m", ...aSlack }));
  expect(config).toMatchObject({ sleepAfterSeconds: null, chatPlatforms: ["slack"] });
});

test("takes the operator's token alone, for alarms, and never tells a secret that looks wrong", () => {
  expect(message({ operatorSlackBotToken: "xoxb-1-2-abcdefgh" })).toBe("no problem");
  const text = message({ operatorSlackBotToken: "hunter2-hunter2", operatorSlackSigningSecret: "hunter2" });
  expect(text).toContain("talaria:operatorSlackSigningSecret is not a signing secret");
  expect(text).not.toContain("hunter2");
});

test("reports every problem at once, with key, reason, the command that mends it and the line", () => {
  const text = message({ accountId: "my-account", anthropicApiKey: undefined, cron: "every day", modle: {} });
  expect(text).toContain("The configuration has 4 problems:");
  expect(text).toContain(
    `talaria:accountId "my-account" is not an account id (32 hex digits).
    Find it with \`npx wrangler whoami\` or in the dashboard's URL, then
    pulumi config set talaria:accountId <id>     (Pulumi.dev.yaml:4)`,
  );
  expect(text).toContain("pulumi config set --secret talaria:anthropicApiKey");
  expect(text).toContain('pulumi config set talaria:cron "*/5 * * * *"');
  expect(text).toContain("talaria:modle is not a key that Talaria knows; you may mean model.");
});

test("an empty configuration lists all that is needed", () => {
  const nothing = Object.fromEntries(Object.keys(leastValues).map((key) => [key, undefined]));
  const text = message(nothing);
  for (const key of Object.keys(leastValues)) expect(text).toContain(`talaria:${key} is missing`);
});

const withHosts = (...hosts: string[]) => ({ exec: { network: "allowlist", hosts } });

const problems: readonly [string, Record<string, unknown>, string][] = [
  [
    "an isolation that its sandboxes cannot hold",
    { exec: { isolation: "command", parallel: 1 } },
    "talaria:exec.parallel 1 is below 2",
  ],
  ["a wrong instance type", { sizes: { exec: "huge" } }, `talaria:sizes.exec "huge" is not one of lite, basic`],
  [
    "a misspelt field",
    { sizes: { hermess: "lite" } },
    "talaria:sizes.hermess is not a field that Talaria knows; talaria:sizes may mean hermes",
  ],
  ["a text where fields belong", { model: "claude" }, `talaria:model "claude"`],
  ["a duration without unit", { sleepAfter: "4" }, `talaria:sleepAfter "4" is not a duration`],
  [
    "an origin with a path",
    { corsOrigins: ["https://chat.example.com/"] },
    `talaria:corsOrigins.0 "https://chat.example.com/" is not an origin`,
  ],
  ["an origin in plain http", { corsOrigins: ["http://chat.example.com"] }, "is not an origin: https://, a host"],
  [
    "a dashboard in the bot's own place",
    { hostname: "bot.example.com", dashboard: { hostname: "bot.example.com" } },
    `talaria:dashboard.hostname "bot.example.com" is the bot's own address`,
  ],
  ["an Access that lets nobody in", { access: {} }, "talaria:access names nobody who gets through"],
  [
    "an e-mail domain with @",
    { access: { domains: ["@example.com"] } },
    `talaria:access.domains.0 "@example.com" is not a domain`,
  ],
  ["an Access group by name", { access: { groups: ["admins"] } }, `talaria:access.groups.0 "admins" is not an id`],
  ["a misspelt field of Access", { access: { mails: [] } }, "talaria:access may mean emails"],
  ["a hostname in capitals", { hostname: "Bot.Example.com" }, `talaria:hostname "Bot.Example.com" is not a hostname`],
  ["a plain http address", { apiBaseUrl: "http://example.com" }, "is not an https:// URL"],
  ["a fraction of runs", { maxConcurrentRuns: "1.5" }, "is not a whole number from 1 to 1000"],
  ["a flag that is neither", { deleteSnapshots: "maybe" }, `talaria:deleteSnapshots "maybe" is neither true nor false`],
  [
    "an image without tag",
    { images: { hermes: "docker.io/hermes" } },
    "is not an image reference with a tag or digest",
  ],
  [
    "a prebuilt image that its tag may change",
    { images: { hermes: "docker.io/library/hermes:1" } },
    'talaria:images.hermes "docker.io/library/hermes:1" names no digest',
  ],
  [
    "a package name with a command in it",
    { extraPackages: ["jq; rm -rf /"] },
    'talaria:extraPackages.0 "jq; rm -rf /" is not a Debian package',
  ],
  [
    "a Python package from anywhere",
    { agent: { extraPythonPackages: ["pandas==2.3.1", "git+https://example.com/x"] } },
    'talaria:agent.extraPythonPackages.1 "git+https://example.com/x" is not a Python package',
  ],
  ["packages that are no list", { extraPackages: "jq" }, 'talaria:extraPackages "jq" is not a list'],
  ["a rollout in odd steps", { rollout: { step: 30 } }, "talaria:rollout.step 30 is not one of 5, 10, 20, 25, 50, 100"],
  [
    "a bucket name in capitals",
    { snapshots: { bucket: "Mine" } },
    `talaria:snapshots.bucket "Mine" is not a bucket name`,
  ],
  ["a model without provider", { model: { default: "antropic/x" } }, `does not begin with a provider (anthropic?)`],
  ["a model whose key is unset", { model: { default: "openai/gpt" } }, "talaria:openaiApiKey is not set"],
  [
    "a custom model without address",
    { modelApiKey: "k", model: { default: "custom/x" } },
    "talaria:model.baseUrl is missing",
  ],
  ["a short context", { model: { contextLength: 8000 } }, "is below 64000"],
  ["an engine of this machine at Cloudflare", { engine: "process" }, "talaria:apiBaseUrl is Cloudflare itself"],
  ["a zone without hostname", { zoneId: "cd".repeat(16) }, "is set without talaria:hostname"],
  ["an odd variable name", { environment: { "my-var": "x" } }, "talaria:environment.my-var"],
  ["an unknown network", { exec: { network: "some" } }, `talaria:exec.network "some" is not one of none, allowlist`],
  [
    "a URL where a host belongs",
    withHosts("https://pypi.org/x"),
    `talaria:exec.hosts.0 "https://pypi.org/x" is not a host`,
  ],
  [
    "a host with a port",
    withHosts("pypi.org:443"),
    `"pypi.org:443" is not a host such as example.com or *.example.com`,
  ],
  ["a host in capitals", withHosts("PyPI.org"), `"PyPI.org" is not a host`],
  ["an address as host", withHosts("10.0.0.1"), `"10.0.0.1" is not a host`],
  ["every host at once", withHosts("*"), `"*" is not a host`],
  ["a star inside a name", withHosts("py*.org"), `"py*.org" is not a host`],
  ["the inside host for commands", withHosts("talaria.internal"), `"talaria.internal" is a name of Talaria's own`],
  ["a pattern that means the inside host", withHosts("*.internal"), `"*.internal" is not a host`],
  ["names below the inside host", withHosts("*.talaria.internal"), "is a name of Talaria's own: commands never reach"],
  [
    "hosts without allowlist",
    { exec: { hosts: ["pypi.org"] } },
    "talaria:exec.hosts lists hosts, but talaria:exec.network is internet",
  ],
  [
    "an allowlist without hosts",
    { agent: { network: "allowlist" } },
    "talaria:agent.hosts is empty, and so allows nothing",
  ],
  [
    "a chat platform that Hermes cannot reach",
    { ...aTelegram, agent: { network: "none" } },
    "talaria:agent.network keeps Hermes from api.telegram.org, but talaria:telegramBotToken is set",
  ],
  [
    "an API address with a slash at its end",
    { chatApis: { slack: "https://slack.com/api/" } },
    `talaria:chatApis.slack "https://slack.com/api/" ends with a slash`,
  ],
  [
    "an operator's name where Slack's member id belongs",
    { operatorBot: { allowedUsers: ["ada"] } },
    `talaria:operatorBot.allowedUsers.0 "ada" is not a member id such as U012AB3CD`,
  ],
  [
    "an operator's bot that nobody may ask",
    { operatorSlackBotToken: "xoxb-1-2-abcdef", operatorSlackSigningSecret: "0".repeat(32) },
    "talaria:operatorBot.allowedUsers names nobody",
  ],
  [
    "operators whose requests nothing proves",
    { operatorBot: { allowedUsers: ["U012AB3CD"] } },
    "talaria:operatorSlackSigningSecret is missing",
  ],
  [
    "an operator's bot that cannot answer later",
    { operatorBot: { allowedUsers: ["U012AB3CD"] }, operatorSlackSigningSecret: "0".repeat(32) },
    "talaria:operatorSlackBotToken is missing",
  ],
  [
    "an app token where the bot token belongs",
    { operatorSlackBotToken: "xapp-1-2-abcdef" },
    "talaria:operatorSlackBotToken is not a bot token",
  ],
  ["a misspelt setting", { settings: { agent: { max_turn: 3 } } }, "you may mean agent.max_turns"],
  ["a setting of Talaria's own", { settings: { terminal: { backend: "local" } } }, "talaria:exec.isolation"],
  [
    "a variable of Talaria's own",
    { environment: { HERMES_HOME: "/x" } },
    "talaria:environment.HERMES_HOME is Talaria's",
  ],
  [
    "a secret among the plain variables",
    { environment: { GITHUB_TOKEN: "correct horse" } },
    `talaria:environment.GITHUB_TOKEN looks like the value of "GITHUB_TOKEN"`,
  ],
  [
    "a file of settings that is not there",
    { settingsFiles: ["base.yaml"] },
    'talaria:settingsFiles[0] "base.yaml" is not there',
  ],
  [
    "a webhook that is no URL, without telling it",
    { alarmWebhookUrl: "hooks.example/secret" },
    "talaria:alarmWebhookUrl is not an https:// URL",
  ],
  [
    "a webhook's secret of another form",
    { alarmWebhookUrl: "https://hooks.example/x", alarmWebhookSecret: "hunter2" },
    "talaria:alarmWebhookSecret is not a secret of Standard Webhooks",
  ],
  [
    "a secret that signs nothing",
    { alarmWebhookSecret: `whsec_${"A".repeat(32)}` },
    "talaria:alarmWebhookUrl is missing",
  ],
  [
    "an alarms' channel without a bot",
    { alarms: { slackChannel: "#ops" } },
    "talaria:operatorSlackBotToken is missing",
  ],
  [
    "quiet hours of no day",
    { alarms: { quietHours: { from: "25:00", to: "07:00", timezone: "Europe/Berlin" } } },
    `talaria:alarms.quietHours.from "25:00" is not a time of a day`,
  ],
  [
    "a time zone that is none",
    { alarms: { quietHours: { from: "22:00", to: "07:00", timezone: "Berlin" } } },
    `talaria:alarms.quietHours.timezone "Berlin" is not a time zone`,
  ],
  ["an endless overlap", { secretOverlap: "never" }, "talaria:secretOverlap"],
];

test.each(problems)("refuses %s", (_what, changes, expected) => {
  expect(message(changes)).toContain(expected);
});

const files = {
  "base.yaml": "agent:\n  max_turns: 20\ntoolsets: [a]\n",
  "config.yaml": "agent: {max_turns: 9}\nterminal: {backend: local, timeout: 60}\nmodel: gpt\n",
  "wrong.yaml": "agent:\n  max_turn: 20\n",
};

test("merges files of settings below the stack's own, and tells file and line of what is wrong in one", () => {
  const settings = { agent: { api_max_retries: 2 } };
  expect(botConfig(aSource({ settingsFiles: ["base.yaml"], settings }, [], files)).settings).toEqual({
    agent: { max_turns: 20, api_max_retries: 2 },
    toolsets: ["a"],
  });
  const wrong = () => botConfig(aSource({ settingsFiles: ["wrong.yaml"] }, [], files));
  expect(wrong).toThrow(/settings\.agent\.max_turn is no key .*\n.*\(wrong\.yaml:2\)/);
});

test("takes a config.yaml in place of settings, without what Talaria decides", () => {
  const { settings } = botConfig(aSource({ configFile: "config.yaml" }, [], files));
  expect(settings).toEqual({ agent: { max_turns: 9 }, terminal: { timeout: 60 }, model: "gpt" });
  const both = () => botConfig(aSource({ configFile: "config.yaml", settingsFiles: ["base.yaml"] }, [], files));
  expect(both).toThrow("takes the place of talaria:settings");
});

test("takes hosts and patterns below a host for an allowlist", () => {
  const exec = { network: "allowlist", hosts: ["pypi.org", "*.pythonhosted.org", "xn--bcher-kva.example.xn--p1ai"] };
  const agent = { network: "allowlist", hosts: ["discord.com", "*.discord.gg", "*.discordapp.com"] };
  expect(botConfig(aSource({ exec, agent, ...aDiscord }))).toMatchObject({ exec, agent });
});

test("tells the command that mends one host of a list, quoted for the shells that expand brackets", () => {
  expect(message(withHosts("pypi.org", "/"))).toContain('pulumi config set --path "talaria:exec.hosts[1]" <value>');
  expect(message({ exec: { network: "allowlist" } })).toContain(
    'pulumi config set --path "talaria:exec.hosts[0]" <host>',
  );
});

test("a secret in plain text is an error that does not repeat it", () => {
  const text = message({}, ["anthropicApiKey"]);
  expect(text).toContain("talaria:anthropicApiKey is a secret, but stands in the stack's file in plain text.");
  expect(text).toContain("pulumi config set --secret talaria:anthropicApiKey");
  expect(text).not.toContain(leastValues.anthropicApiKey);
});

test("a secret hidden in a plain key is an error, because it would be deployed as plain text", () => {
  const source = { ...aSource({ environment: { KEY: "hidden" } }), isSecret: () => true };
  expect(() => botConfig(source)).toThrow("talaria:environment holds an encrypted value");
});

test.each(["*/5 * * * *", "0 4 * * MON-FRI", "15,45 0-6/2 1 * *", "0 0 L * *"])(
  "takes the cron expression %s",
  (cron) => {
    expect(botConfig(aSource({ cron })).cron).toBe(cron);
  },
);

test.each(["* * * *", "60 * * * *", "*/0 * * * *", "0 0 0 * *", "@daily"])("refuses the cron expression %s", (cron) => {
  expect(message({ cron })).toContain("is not a cron expression of five fields");
});

test("commands go through npm run pulumi on a local stack, whose backend only that knows", () => {
  const text = "talaria:accountId is missing.\n    pulumi config set talaria:accountId <id>";
  expect(typedFor("local", text)).toContain("    npm run pulumi -- config set talaria:accountId <id>");
  expect(typedFor("local-two", text)).toContain("npm run pulumi -- --stack local-two config set");
  expect(typedFor("dev", text)).toBe(text);
});
