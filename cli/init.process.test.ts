import { execFileSync } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { aHome, secret } from "../infra/init/testing/aHome.ts";
import { ensurePulumi, type PulumiCli } from "../local/toolchain/pulumiCli.ts";
import { aCheckoutCopy, type CheckoutCopy } from "./testing/checkoutCopy.ts";

let cli: PulumiCli;
beforeAll(async () => {
  cli = await ensurePulumi({ progress: () => {} });
}, 1_200_000);

const accountId = "ab".repeat(16);
const secrets = {
  CLOUDFLARE_API_TOKEN: `cf-${"t".repeat(40)}`,
  ANTHROPIC_API_KEY: `sk-ant-${"k".repeat(30)}`,
  SLACK_BOT_TOKEN: `xoxb-${"1".repeat(12)}-${"a".repeat(24)}`,
  SLACK_APP_TOKEN: `xapp-1-${"A".repeat(11)}-${"b".repeat(64)}`,
};
const least = ["--yes", "--account-id", accountId];

async function configOf({ folder, pulumi }: CheckoutCopy, stack: string): Promise<Record<string, string>> {
  const { stdout, stderr } = await pulumi(["config", "--json", "--show-secrets", "--stack", stack]);
  expect(stderr).toBe("");
  const keys = Object.entries(JSON.parse(stdout) as Record<string, { value: string }>);
  expect(folder).toBeTruthy();
  return Object.fromEntries(keys.map(([key, { value }]) => [key.replace("talaria:", ""), value]));
}

describe("init", { timeout: 600_000 }, () => {
  it("makes a stack without a terminal, its secrets encrypted, no one in a command line, a file or what it says", async () => {
    const copy = await aCheckoutCopy(cli);
    const words = ["init", "ada", ...least, "--environment", "prod", "--chat", "slack", "--allow", "U01ABC2DE3F"];
    const run = await copy.run(words, secrets);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain("npm run pulumi -- up --stack ada");
    expect(run.stdout).toContain("./talaria recovery-kit --stack ada --out ada-recovery.txt");
    const config = await configOf(copy, "ada");
    expect(config).toMatchObject({
      ...{ accountId, cloudflareApiToken: secrets.CLOUDFLARE_API_TOKEN, anthropicApiKey: secrets.ANTHROPIC_API_KEY },
      ...{
        slackBotToken: secrets.SLACK_BOT_TOKEN,
        slack: '{"allowedUsers":["U01ABC2DE3F"]}',
        deleteSnapshots: "false",
      },
      repositoryPassword: expect.stringMatching(/^[\w-]{43}$/),
    });
    const told = [run.stdout, run.stderr, await copy.words(), ...(await copy.written()).values()];
    for (const secret of [...Object.values(secrets), config.repositoryPassword ?? ""])
      for (const text of told) expect(text).not.toContain(secret);
  });

  it("goes on where it was broken off: a password that is set stays, and a file with other values is asked about", async () => {
    const copy = await aCheckoutCopy(cli);
    await copy.run(["init", "ada", ...least], secrets);
    const { repositoryPassword } = await configOf(copy, "ada");
    const again = await copy.run(["init", "ada", "--yes"]);
    expect(again.code, again.stderr).toBe(0);
    expect(await configOf(copy, "ada")).toMatchObject({ repositoryPassword });
    const other = await copy.run(["init", "ada", "--yes", "--environment", "dev"]);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      "Pulumi.ada.yaml exists already and would be changed. Other values there now: sleepAfter",
    );
    expect((await copy.run(["init", "ada", "--yes", "--environment", "dev", "--force"])).code).toBe(0);
    expect(await configOf(copy, "ada")).toMatchObject({ repositoryPassword, sleepAfter: "30m" });
  });

  it("adds to a file that is there, whose comments and keys stay", async () => {
    const copy = await aCheckoutCopy(cli);
    const file = path.join(copy.folder, "Pulumi.prod.yaml");
    await writeFile(file, "# Ours.\nconfig:\n  # as small as can be\n  talaria:sizes:\n    hermes: lite\n");
    const enters = (sees: string) => ({ sees, types: "\r" });
    const moves = [
      enters("CLOUDFLARE_API_TOKEN of your environment): "),
      enters("anthropic]: "),
      enters("ANTHROPIC_API_KEY of your environment): "),
      { sees: "Go on? [y/N] ", types: "y\r" },
    ];
    const words = ["init", "prod", "--account-id", accountId, "--chat", "none"];
    const { code, said } = await copy.type(words, moves, secrets);
    expect(code, said).toBe(0);
    expect(said).toContain("Keys are added; none that is there becomes another.");
    const text = (await copy.written()).get("checkout/Pulumi.prod.yaml") ?? "";
    expect(text).toContain("# Ours.");
    expect(text).toContain("# as small as can be\n  talaria:sizes:\n    hermes: lite\n");
  });

  it("asks at a terminal, refuses what has the wrong form, shows no secret, and makes the passphrase", async () => {
    const copy = await aCheckoutCopy(cli, { passphrase: "" });
    const paste = (types: string) => ({ sees: "not shown): ", types: `${types}\r` });
    const moves = [
      { sees: "[dev]: ", types: "ada\r" },
      { sees: "[prod]: ", types: "production\r" },
      { sees: "[prod]: ", types: "\r" },
      { sees: "wrangler whoami`): ", types: "my-account\r" },
      { sees: "wrangler whoami`): ", types: `${accountId}\r` },
      paste(secrets.CLOUDFLARE_API_TOKEN),
      { sees: "[anthropic]: ", types: "\r" },
      paste(secrets.ANTHROPIC_API_KEY),
      { sees: "Enter for none): ", types: "telegram\r" },
      { sees: "leave it out for now): ", types: "a-token\r" },
      { sees: "leave it out for now): ", types: `123456789:${"T".repeat(35)}\r` },
      { sees: "that you approve): ", types: "@me\r" },
      { sees: "that you approve): ", types: "\r" },
      { sees: "Passphrase (it is not shown): ", types: "one\r" },
      { sees: "Once more: ", types: "two\r" },
      { sees: "Passphrase (it is not shown): ", types: "one\r" },
      { sees: "Once more: ", types: "one\r" },
    ];
    const { said, code, restored } = await copy.type(["init"], moves);
    expect({ code, restored }, said).toEqual({ code: 0, restored: true });
    for (const part of [
      '"production" is not one of dev, prod.',
      '"my-account" is not an account id (32 hex digits)',
      "It is not a Telegram bot token: digits, a colon, 35 characters; this one has 7 characters.",
      '"@me" is not a user id of Telegram',
      "The two differ.",
      "export PULUMI_CONFIG_PASSPHRASE=…",
      "Stack ada is declared, and a deploy takes it.",
    ])
      expect(said).toContain(part);
    for (const secret of [...Object.values(secrets), "T".repeat(35)]) expect(said).not.toContain(secret);
    const text = (await copy.written()).get("checkout/Pulumi.ada.yaml") ?? "";
    const { config } = parse(text) as { config: Record<string, unknown> };
    expect(config).toMatchObject({ "talaria:accountId": accountId, "talaria:telegram": { pairing: true } });
    expect(String(config["talaria:deleteSnapshots"])).toBe("false");
  });

  it("takes an existing Hermes: declared, encrypted, or kept out of git, and says how the rest comes", async () => {
    const copy = await aCheckoutCopy(cli);
    const home = aHome();
    const deploy = { CLOUDFLARE_API_TOKEN: secrets.CLOUDFLARE_API_TOKEN };
    const run = await copy.run(["init", "ada", ...least, "--from", home], deploy);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain(`./talaria import ${home} --replace --stack ada`);
    expect(run.stdout).toContain("  - whatsapp: does not work here");
    const config = await configOf(copy, "ada");
    expect(config).toMatchObject({ anthropicApiKey: secret.anthropic, slackBotToken: secret.slackBot });
    const variables = JSON.parse(config.secretEnvironment ?? "{}") as Record<string, string>;
    expect(variables).toMatchObject({ GITHUB_TOKEN: secret.github, MCP_REMOTE_X_WHATEVER: secret.header });
    const written = await copy.written();
    expect([...written.keys()].filter((file) => file.startsWith("checkout/")).sort()).toEqual([
      "checkout/.gitignore",
      "checkout/Pulumi.ada.yaml",
      "checkout/documents/ada/SOUL.md",
      "checkout/documents/ada/workspace/AGENTS.md",
      "checkout/secrets/ada/auth.json",
      "checkout/settings/ada.yaml",
    ]);
    const auth = path.join(copy.folder, "secrets/ada/auth.json");
    expect((await stat(auth)).mode & 0o777).toBe(0o600);
    expect(execFileSync("git", ["check-ignore", auth], { cwd: copy.folder }).toString()).toContain("auth.json");
    written.delete("checkout/secrets/ada/auth.json");
    for (const value of Object.values(secret))
      for (const text of [run.stdout, run.stderr, await copy.words(), ...written.values()])
        expect(text).not.toContain(value);
  });

  it("says what lacks, or what a deploy would refuse, and writes nothing", async () => {
    const copy = await aCheckoutCopy(cli);
    const nobody = await copy.run(["init", "ada"], secrets);
    expect(nobody.stderr).toContain("./talaria init NAME --yes --environment prod --account-id ID");
    const lacking = await copy.run(["init", "ada", "--yes", "--chat", "slack"]);
    for (const one of ["--account-id ID", "CLOUDFLARE_API_TOKEN=…", "--provider NAME", "SLACK_BOT_TOKEN=…"])
      expect(lacking.stderr).toContain(one);
    const far = await copy.run(["init", "ada", "--yes", "--account-id", "mine"], secrets);
    expect(far.stderr).toContain('--account-id ID: "mine" is not an account id (32 hex digits)');
    const model = ["--provider", "openai", "--model", "openai/gpt-5.2", "--base-url", "http://example.com"];
    const refused = await copy.run(["init", "ada", ...least, ...model, "--chat", "discord"], {
      ...secrets,
      ...{ OPENAI_API_KEY: "sk-of-openai", DISCORD_BOT_TOKEN: "short" },
    });
    expect(refused.stderr).toContain("DISCORD_BOT_TOKEN is not a Discord bot token");
    expect(refused.stderr).not.toContain('"short"');
    expect([...(await copy.written()).keys()]).toEqual(["checkout/.gitignore"]);
  });
});
