import fs from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../paths.ts";
import { localFiles, readStackFile } from "./localFiles.ts";
import { ensurePulumi, type PulumiCli } from "./pulumiCli.ts";
import { runPulumi } from "./runPulumi.ts";

/** A component with a dynamic resource, on Node's type stripping, as the real program is built. */
const program = `
import * as pulumi from "@pulumi/pulumi";

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: { text: string }) {
    return { id: "note", outs: inputs };
  },
  async read(id: string, props: { text: string }) {
    return { id, props };
  },
  async update(_id: string, _olds: unknown, news: { text: string }) {
    return { outs: news };
  },
};

class Note extends pulumi.dynamic.Resource {
  constructor(name: string, props: { text: pulumi.Input<string> }, opts: pulumi.CustomResourceOptions) {
    super(provider, name, props, opts);
  }
}

class Bot extends pulumi.ComponentResource {
  constructor(name: string, text: string) {
    super("mini:index:Bot", name, {});
    new Note(\`\${name}-note\`, { text }, { parent: this });
    this.registerOutputs({});
  }
}

const config = new pulumi.Config();
new Bot("bot", config.require("greeting"));
export const greeting = config.require("greeting");
export const accountId = config.require("accountId");
export const apiBaseUrl = config.require("apiBaseUrl");
export const model = config.getObject<{ baseUrl: string }>("model")?.baseUrl ?? "the program's default";
export const modelKey = config.getSecret("modelApiKey") ?? "none";
export const anthropicKey = config.getSecret("anthropicApiKey") ?? "none";
export const token = config.requireSecret("cloudflareApiToken");
export const password = config.requireSecret("repositoryPassword");
export const node = process.version;
export const stackFile = process.env.TALARIA_STACK_FILE ?? "none";
`;
const committed = "# As committed.\nconfig:\n  mini:greeting: hello\n";

let pulumi: PulumiCli;
let folder: string;
let project: string;
let stateDir: string;

/** The wrapper on the mini project; fails the test with Pulumi's own words when it does not end with 0. */
async function run(args: string, { stack = "local", fails = false } = {}): Promise<string> {
  const toolchain = { pulumi, plugins: { kind: "real" } } as const;
  const result = await runPulumi(stack, args.split(" "), { output: "capture", toolchain, project, stateDir });
  expect(result.code === 0, `pulumi ${args}\n${result.stdout}\n${result.stderr}`).toBe(!fails);
  return result.stdout;
}

async function outputs(stack = "local"): Promise<Record<string, string>> {
  return JSON.parse(await run("stack output --json --show-secrets", { stack })) as Record<string, string>;
}

/** Takes connections in the loopback Cloudflare's place; the mini project never calls it. */
const listener = net.createServer((socket) => socket.on("error", () => {}).end());
const apiOrigin = () => `http://127.0.0.1:${(listener.address() as net.AddressInfo).port}`;

/** Announces a loopback Cloudflare, as its daemon does: this process is alive and listens, so it counts as running. */
async function announceDaemon(apiToken: string): Promise<void> {
  const daemon = {
    pid: process.pid,
    apiUrl: `${apiOrigin()}/client/v4`,
    apiToken,
    accountId: "10ca110ca110ca110ca110ca110ca110",
    modelUrl: "http://127.0.0.1:9/v1",
    startedAt: new Date().toISOString(),
  };
  await fs.writeFile(path.join(stateDir, "daemon.json"), JSON.stringify(daemon));
}

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  pulumi = await ensurePulumi({ progress: () => {} });
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-pulumi-"));
  [project, stateDir] = [path.join(folder, "project"), path.join(folder, "state")];
  await fs.mkdir(path.join(project, "infra"), { recursive: true });
  await fs.mkdir(stateDir);
  await fs.symlink(path.join(checkout, "node_modules"), path.join(project, "node_modules"));
  await fs.writeFile(path.join(project, "package.json"), `{ "name": "mini", "type": "module" }`);
  await fs.writeFile(
    path.join(project, "Pulumi.yaml"),
    "name: mini\nruntime: { name: nodejs, options: { typescript: false } }\nmain: infra/index.ts\noptions: { refresh: always }\n",
  );
  await fs.writeFile(path.join(project, "Pulumi.local.yaml"), committed);
  await fs.writeFile(path.join(project, "infra", "index.ts"), program);
}, 1_200_000);

afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe("pulumi on a local stack", () => {
  it("says how to start the loopback Cloudflare when it is not running", async () => {
    await expect(run("up --yes --non-interactive")).rejects.toThrow(/npm run local -- --detach/);
  });

  it("deploys a component and a dynamic resource, and then previews no change", async () => {
    await announceDaemon("first-token");
    await run("up --yes --non-interactive --skip-preview");
    await run("preview --expect-no-changes --non-interactive");
    expect(await outputs()).toMatchObject({
      stackFile: localFiles(stateDir).config("local"),
      greeting: "hello",
      apiBaseUrl: `${apiOrigin()}/client/v4`,
      accountId: "10ca110ca110ca110ca110ca110ca110",
      token: "first-token",
      model: "http://127.0.0.1:9/v1",
      modelKey: "canned-model",
      node: expect.stringMatching(/^v24\./),
    });
  });

  it("keeps what the user sets over restarts, and lets a provider key replace the canned model", async () => {
    await run("config set --secret mini:anthropicApiKey sk-mine");
    await run("config set mini:greeting hi");
    await announceDaemon("second-token");
    await run("up --yes --non-interactive --skip-preview");
    const after = await outputs();
    expect(after).toMatchObject({ greeting: "hi", anthropicKey: "sk-mine", modelKey: "none" });
    expect(after).toMatchObject({ model: "the program's default", token: "second-token" });
  });

  it("writes nothing into the file when nothing has changed", async () => {
    const file = localFiles(stateDir).config("local");
    const before = await fs.readFile(file, "utf8");
    await run("preview --expect-no-changes --non-interactive");
    expect(await fs.readFile(file, "utf8")).toBe(before);
  });

  it("follows the committed file where the user has set nothing", async () => {
    await fs.writeFile(path.join(project, "Pulumi.local.yaml"), `${committed}  mini:added: later\n`);
    await run("config");
    const { config = {} } = (await readStackFile(localFiles(stateDir).config("local"))) ?? {};
    expect(config).toMatchObject({ "mini:added": "later", "mini:greeting": "hi" });
    await fs.writeFile(path.join(project, "Pulumi.local.yaml"), committed);
  });

  it("can be configured while the loopback Cloudflare is down, and remembers where it was", async () => {
    const daemon = path.join(stateDir, "daemon.json");
    await fs.rename(daemon, `${daemon}.aside`);
    expect(await run("config get mini:apiBaseUrl")).toContain(apiOrigin());
    expect(await run("config get mini:cloudflareApiToken")).toContain("second-token");
    await fs.rename(`${daemon}.aside`, daemon);
  });

  it("keeps no secret in plain text in the generated file", async () => {
    const text = await fs.readFile(localFiles(stateDir).config("local"), "utf8");
    for (const secret of ["sk-mine", "second-token", (await outputs()).password ?? ""])
      expect(text).not.toContain(secret);
  });

  it("runs a second stack beside the first, with a repository password of its own", async () => {
    await run("up --yes --non-interactive --skip-preview", { stack: "local-second" });
    const [first, second] = [await outputs(), await outputs("local-second")];
    expect(second.greeting).toBe("hello");
    expect(second.password).not.toBe(first.password);
  });

  it("destroys and removes a stack, and brings it back with the same repository password", async () => {
    const { password } = await outputs("local-second");
    await run("destroy --yes --non-interactive --remove", { stack: "local-second" });
    expect(await run("stack ls --json")).not.toContain("local-second");
    await run("up --yes --non-interactive --skip-preview", { stack: "local-second" });
    expect((await outputs("local-second")).password).toBe(password);
    await run("destroy --yes --non-interactive --remove", { stack: "local-second" });
  });

  it.each([
    "refresh --yes --non-interactive",
    "stack export",
    "stack history",
    "config get mini:anthropicApiKey",
    "config rm mini:greeting",
    "stack select local",
    "config refresh --force",
  ])("never writes a stack's file into the project: %s", async (args) => {
    await run(args);
    const files = (await fs.readdir(project)).filter((name) => name.endsWith(".yaml"));
    expect(files.sort()).toEqual(["Pulumi.local.yaml", "Pulumi.yaml"]);
    expect(await fs.readFile(path.join(project, "Pulumi.local.yaml"), "utf8")).toBe(committed);
  });

  it("refuses to rename a stack, whose files would stay behind", async () => {
    await expect(run("stack rename local-renamed")).rejects.toThrow(/keeps its name/);
  });

  it("ends with Pulumi's exit code when Pulumi fails", async () => {
    await run("stack output nonsense", { fails: true });
  });
});
