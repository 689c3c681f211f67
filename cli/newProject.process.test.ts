import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { ensurePulumi, type PulumiCli } from "../local/toolchain/pulumiCli.ts";
import packageJson from "../package.json" with { type: "json" };
import { talaria } from "./testing/launcher.ts";
import { driver, type Typed } from "./testing/typing.ts";

const top = path.dirname(import.meta.dirname);
const accountId = "ab".repeat(16);
const secrets = { anthropicApiKey: "sk-ant-of-the-prompt", cloudflareApiToken: "cf-token-of-the-prompt" };

let cli: PulumiCli;
beforeAll(async () => {
  cli = await ensurePulumi({ progress: () => {} });
}, 1_200_000);

/** What `pulumi new` copies: the repository as it is committed. */
async function template(into: string): Promise<void> {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: top, encoding: "utf8" });
  for (const file of listed.split("\n").filter((name) => name !== ""))
    await cp(path.join(top, file), path.join(into, file), { recursive: true });
}

it("pulumi new asks for the keys, keeps secrets encrypted, and init makes what is left", {
  timeout: 600_000,
}, async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "talaria-new-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [source, project, bin, backend] = ["template", "bot", "bin", "backend"].map((name) =>
    path.join(root, name),
  ) as [string, string, string, string];
  for (const folder of [source, project, bin, backend]) await mkdir(folder);
  await template(source);
  // A stand-in of npm, which would ask a registry: begun in the program's folder, it installs above, then runs the package's own script.
  const npm = [
    "#!/bin/sh",
    "set -e",
    "cd ..",
    `ln -s '${top}/node_modules' node_modules`,
    packageJson.scripts.postinstall,
  ];
  await writeFile(path.join(bin, "npm"), `${npm.join("\n")}\n`);
  await chmod(path.join(bin, "npm"), 0o755);
  const env = {
    ...{ PATH: `${bin}:${cli.bin}:${process.env.PATH ?? ""}`, HOME: process.env.HOME ?? "", TERM: "xterm" },
    ...{
      PULUMI_HOME: path.join(root, "pulumi"),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: "x",
    },
    ...{ PULUMI_SKIP_UPDATE_CHECK: "true" },
  };
  const answers = [
    ["Project name", ""],
    ["Project description", ""],
    ["Stack name", ""],
    ["(accountId)", accountId],
    ["(anthropicApiKey)", secrets.anthropicApiKey],
    ["(cloudflareApiToken)", secrets.cloudflareApiToken],
    ["(repositoryPassword)", ""],
    ["(sleepAfter)", ""],
  ];
  const MOVES = JSON.stringify(answers.map(([sees, types]) => ({ sees, types: `${types}\r` })));
  const made = await talaria(["-c", driver, path.join(cli.bin, "pulumi"), "new", source, "--offline"], {
    ...{ program: "python3", cwd: project, env: { ...env, MOVES } },
  });
  const { code, said } = JSON.parse(made.stdout) as Typed;
  expect(code, said).toBe(0);
  expect(said).toContain("./talaria init <stack>");
  const text = await readFile(path.join(project, "Pulumi.dev.yaml"), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  expect(config).toMatchObject({ "talaria:accountId": accountId, "talaria:sleepAfter": "30m" });
  for (const [key, value] of Object.entries(secrets)) {
    expect(config[`talaria:${key}`]).toMatchObject({ secure: expect.any(String) });
    for (const plain of [text, said]) expect(plain).not.toContain(value);
  }

  const rest = await talaria(["init", "dev", "--yes"], { program: path.join(project, "talaria"), cwd: project, env });
  expect(rest.code, rest.stderr).toBe(0);
  expect(rest.stdout).toContain("encrypted  repositoryPassword\n");
});

it("pulumi new takes the defaults where nobody is asked", { timeout: 600_000 }, async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "talaria-new-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [source, project] = [path.join(root, "template"), path.join(root, "bot")];
  await template(source);
  await mkdir(project);
  const env = { PATH: `${cli.bin}:${process.env.PATH ?? ""}`, HOME: root, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const made = await talaria(["new", source, "--generate-only", "--yes"], {
    ...{ program: path.join(cli.bin, "pulumi"), cwd: project, env },
  });
  expect(made.code, made.stderr).toBe(0);
  const { name, template: section } = parse(await readFile(path.join(project, "Pulumi.yaml"), "utf8")) as Record<
    string,
    unknown
  >;
  expect({ name, section }).toEqual({ name: "talaria", section: undefined });
});
