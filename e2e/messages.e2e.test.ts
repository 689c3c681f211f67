/** What a person reads who gave bad input (the useful words of each message), and that nothing was made before it. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accountId, aLoopback, type Loopback, token } from "../local/cloudflare/testing/loopback.ts";
import { checkout } from "../local/paths.ts";
import { ensurePulumi, ensureRestic } from "../local/toolchain/index.ts";
import { Commands } from "./commands.ts";
import { freePorts, listening, portOf } from "./freePorts.ts";
import { OwnStack } from "./ownStack.ts";

const workersOnly = "token-that-may-deploy-workers-and-nothing-else";
const plain = "sk-ant-plain-0123456789abcdefghij";
const secrets = {
  cloudflareApiToken: token,
  repositoryPassword: "a password for the repository",
  anthropicApiKey: "sk-ant-encrypted-0123456789",
};

let stateDir: string;
let commands: Commands;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  stateDir = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-e2e-"));
  commands = new Commands(stateDir);
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
afterAll(() => commands.end());

describe("a wrong configuration", () => {
  let stack: OwnStack;
  beforeAll(async () => {
    stack = await OwnStack.create("wrong", stateDir, { file: {} });
  });
  const preview = async () => said(await stack.pulumi(["preview"]));

  it("tells an empty one everything that it lacks, at once, each with the line that mends it", async () => {
    await stack.configure({ file: {} });
    const text = await preview();
    expect(text).toContain("The configuration has 4 problems:");
    expect(text).toContain("talaria:accountId is missing.");
    expect(text).toContain("pulumi config set talaria:accountId <id>");
    expect(text).toContain("talaria:cloudflareApiToken is missing");
    expect(text).toContain("pulumi config set --secret talaria:cloudflareApiToken");
    expect(text).toContain("talaria:repositoryPassword is missing");
    expect(text).toContain("talaria:anthropicApiKey is missing, and so is every other provider key");
  });

  it("names a bad account id and shows what was written", async () => {
    await stack.configure({ file: {}, plain: { accountId: "my-account" }, secrets });
    const text = await preview();
    expect(text).toContain('talaria:accountId "my-account" is not an account id (32 hex digits).');
    expect(text).toContain("pulumi config set talaria:accountId <id>");
  });

  it("refuses a secret in plain text without repeating it", async () => {
    const { anthropicApiKey: _, ...others } = secrets;
    await stack.configure({ file: {}, plain: { accountId, anthropicApiKey: plain }, secrets: others });
    const text = await preview();
    expect(text).toContain("talaria:anthropicApiKey is a secret, but stands in the stack's file in plain text.");
    expect(text).toContain("pulumi config set --secret talaria:anthropicApiKey");
    expect(text).not.toContain(plain);
  });

  it("asks for a provider key", async () => {
    const { anthropicApiKey: _, ...others } = secrets;
    await stack.configure({ file: {}, plain: { accountId }, secrets: others });
    const text = await preview();
    expect(text).toContain("the bot has no model to ask");
    expect(text).toContain("Set at least one of anthropicApiKey, openrouterApiKey, openaiApiKey, modelApiKey:");
    expect(text).toContain("pulumi config set --secret talaria:anthropicApiKey");
  });

  it("reports several problems in one run, misspelt keys and fields among them", async () => {
    const wrong = {
      accountId: "x",
      sleepAfer: "4h",
      sizes: { hermes: "huge" },
      model: { deflaut: "a/b" },
      cron: "daily",
    };
    await stack.configure({ file: {}, plain: wrong, secrets });
    const text = await preview();
    expect(text).toContain("The configuration has 5 problems:");
    expect(text).toContain("talaria:sleepAfer is not a key that Talaria knows; you may mean sleepAfter.");
    expect(text).toContain('talaria:sizes.hermes "huge" is not one of lite, basic');
    expect(text).toContain("talaria:model.deflaut is not a field that Talaria knows; talaria:model may mean default.");
    expect(text).toContain('talaria:cron "daily" is not a cron expression of five fields.');
  });
});

describe("an account that is not ready", () => {
  const deploy = async (cloudflare: Loopback, apiToken = token) => {
    cleanUp.push(() => cloudflare.close());
    const stack = await OwnStack.create("unready", stateDir, {
      file: {},
      plain: { accountId, apiBaseUrl: cloudflare.url },
      secrets: { ...secrets, cloudflareApiToken: apiToken },
    });
    const text = said(await stack.pulumi(["up", "--yes", "--skip-preview"]));
    expect(cloudflare.runtime.calls).toEqual([]);
    expect(JSON.stringify((await cloudflare.send("GET", "/tokens")).result)).toBe("[]");
    return text;
  };

  it("has no paid plan", async () => {
    const text = await deploy(await aLoopback({ account: { paidPlan: false } }));
    expect(text).toContain("Nothing was created.");
    expect(text).toContain("Containers need the Workers Paid plan: https://dash.cloudflare.com/");
  });

  it("has neither R2 nor a workers.dev name: both are in the one message", async () => {
    const text = await deploy(await aLoopback({ account: { r2: false, workersDev: false } }));
    expect(text).toContain("R2 is not enabled.");
    expect(text).toContain("The account has no workers.dev subdomain.");
  });

  it("gave a token that lacks permissions: each is named", async () => {
    const tokens = [{ token: workersOnly, permissions: ["Workers Scripts Write"] as const }];
    const text = await deploy(await aLoopback({ tokens }), workersOnly);
    expect(text).toContain('lacks the permission "Workers Containers: Edit"');
    expect(text).toContain('lacks the permission "Workers R2 Storage: Edit"');
    expect(text).toContain('lacks the permission "Account API Tokens: Edit"');
    expect(text).not.toContain('"Workers Scripts: Edit"');
    expect(text).toContain("Nothing was created.");
  });

  it("does not know the token", async () => {
    const text = await deploy(await aLoopback(), "a-token-that-nobody-has-ever-issued-to-anyone");
    expect(text).toContain("The API token is not valid.");
    expect(text).toContain("pulumi config set --secret talaria:cloudflareApiToken");
  });
});

describe("a machine that is not ready", () => {
  it("has another program on the port of the loopback API", async () => {
    const port = await occupied();
    await remember("daemon-ports.json", { api: port, model: (await freePorts(1))[0] ?? 0 });
    const text = said(await commands.local(["--detach"]));
    expect(text).toContain("The loopback Cloudflare did not start.");
    expect(text).toContain(`port in use: another program listens on 127.0.0.1:${port}`);
    expect(text).toContain(`lsof -nP -iTCP:${port} -sTCP:LISTEN`);
    expect(text).toContain("npm run local -- --fresh");
    expect(await commands.processes()).toEqual([]);
  });

  it("has another program on the port of the bot's Worker", async () => {
    const port = await occupied();
    await remember(path.join("runtime", "ports.json"), { "talaria-local": port });
    const text = said(await commands.local(["--detach"]));
    await commands.local(["--stop"]);
    expect(text).toContain(`port in use: Worker talaria-local answers on 127.0.0.1:${port}`);
    expect(text).toContain(`lsof -nP -iTCP:${port} -sTCP:LISTEN`);
    expect(text).toContain(path.join("runtime", "ports.json"));
    expect(text).toContain("pulumi up failed.");
    expect(await commands.processes()).toEqual([]);
  });

  it("has no Python, and no Hermes from before", async () => {
    const cache = await temporary();
    const { bin } = await ensurePulumi({ progress: () => {} }); // both on PATH, so that an empty cache builds neither
    const restic = path.dirname((await ensureRestic({ progress: () => {} })).program);
    const searchPath = [path.join(checkout, "node_modules", ".bin"), bin, restic].join(path.delimiter);
    const env = { TALARIA_CACHE_DIR: cache, PATH: searchPath };
    const text = said(await commands.local(["--detach"], { env }));
    expect(text).toContain("Hermes needs Python 3.11, 3.12 or 3.13, and there is none on PATH.");
    expect(text).toContain("sudo apt-get install python3 python3-venv");
    expect(text).toContain("brew install python@3.13");
  });

  it("does not run the loopback Cloudflare that the stack lives on", async () => {
    const text = said(await commands.pulumi(["preview"], { stack: "local" }));
    expect(text).toContain("The loopback Cloudflare is not running, and stack `local` lives on it.");
    expect(text).toContain("npm run local -- --detach");
  });

  it("is told a flag that does not exist", async () => {
    const text = said(await commands.local(["--detatch"]));
    expect(text).toContain("--detatch");
    expect(text).toContain("--detach   return once the bot has answered");
  });
});

/** The output of a command that failed, as a person would read it: without a stack trace. */
function said(ended: { readonly code: number; readonly output: string }): string {
  expect(ended.code, ended.output).not.toBe(0);
  expect(ended.output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  if (process.env.TALARIA_SHOW_MESSAGES) console.log(ended.output);
  return ended.output;
}

async function temporary(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-e2e-"));
  cleanUp.push(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A port on which somebody else listens, until the test's end. */
async function occupied(): Promise<number> {
  const server = await listening();
  cleanUp.push(() => new Promise((resolve) => server.close(resolve)));
  return portOf(server);
}

/** Puts a file of ports into the state folder, as an earlier run leaves it; it goes after the test. */
async function remember(file: string, ports: Readonly<Record<string, number>>): Promise<void> {
  const whole = path.join(stateDir, file);
  await fs.mkdir(path.dirname(whole), { recursive: true });
  await fs.writeFile(whole, JSON.stringify(ports));
  cleanUp.push(() => fs.rm(whole, { force: true }));
}
