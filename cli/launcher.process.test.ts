import { chmod, cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const top = fileURLToPath(new URL("..", import.meta.url));
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function aFolder() {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "talaria cli ")));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function aBot(): Promise<FakeBot> {
  const bot = await startFakeBot({ "GET /api/status": () => aStatus() });
  cleanups.push(() => bot.close());
  return bot;
}

/** A copy of the checkout whose Pulumi is the given program. */
async function aCheckout(pulumi: string) {
  const folder = await aFolder();
  for (const name of ["talaria", "cli", "package.json"])
    await cp(path.join(top, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(top, "node_modules"), path.join(folder, "node_modules"));
  await mkdir(path.join(folder, "local", "toolchain"), { recursive: true });
  await writeFile(path.join(folder, "local", "toolchain", "pulumi.ts"), pulumi);
  return path.join(folder, "talaria");
}

describe("the launcher", () => {
  it("works from any folder and through symlinks", async () => {
    const folder = await aFolder();
    await symlink(path.join(top, "talaria"), path.join(folder, "first"));
    await symlink("first", path.join(folder, "second"));
    const run = await talaria(["status"], { bot: await aBot(), cwd: folder, program: path.join(folder, "second") });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("talaria-dev-bot");
  });

  it("says what to do in a checkout where nothing is installed", async () => {
    const folder = await aFolder();
    await cp(path.join(top, "talaria"), path.join(folder, "talaria"));
    await chmod(path.join(folder, "talaria"), 0o755);
    const program = path.join(folder, "talaria");
    const run = await talaria(["status"], { program });
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining(`Run \`npm ci\` in ${folder} first.`) });
    const json = await talaria(["status", "--json"], { program });
    expect(JSON.parse(json.stderr).error).toMatchObject({ code: "notInstalled" });
  });

  it("keeps what Node has compiled beside the installed packages, for the next start", async () => {
    const folder = path.dirname(await aCheckout(""));
    const packages = path.join(folder, "node_modules");
    await rm(packages);
    await mkdir(packages);
    for (const name of await readdir(path.join(top, "node_modules")))
      if (name !== ".cache") await symlink(path.join(top, "node_modules", name), path.join(packages, name));
    expect(await talaria(["--help"], { program: path.join(folder, "talaria") })).toMatchObject({ code: 0, stderr: "" });
    expect(await readdir(path.join(packages, ".cache", "node"))).toHaveLength(1);
  });
});

describe("the target from a stack", () => {
  it("reads the outputs of --stack, whatever the environment says", async () => {
    const bot = await aBot();
    const outputs = { url: bot.url, adminToken: tokens.admin, clientToken: tokens.client };
    const program = await aCheckout(`
      const args = process.argv.slice(2).join(" ");
      if (args !== "stack output --json --show-secrets --stack dev") throw new Error(args);
      console.error("noise on stderr");
      console.log(${JSON.stringify(JSON.stringify(outputs))});
    `);
    const run = await talaria(["status", "--stack", "dev", "--json"], {
      program,
      env: { TALARIA_URL: "http://127.0.0.1:1" },
    });
    expect(run).toMatchObject({ code: 0, stderr: "" });
  });

  it("says how to start stack local when there is none", async () => {
    const program = await aCheckout(`console.error("error: no stack named 'local' found"); process.exitCode = 255;`);
    const run = await talaria(["status"], { program });
    expect(run.stderr).toBe("error: There is no stack local yet.\n       Start it with `npm run local`.\n");
  });

  it("says how to deploy a stack that has no outputs", async () => {
    const program = await aCheckout(`console.log("{}");`);
    const run = await talaria(["status", "--stack", "prod", "--json"], { program });
    expect(JSON.parse(run.stderr).error).toMatchObject({
      code: "notDeployed",
      next: "Deploy it with `npm run pulumi -- up --stack prod`.",
    });
  });

  it("passes Pulumi's own error on", async () => {
    const program = await aCheckout(`console.error("noise\\nerror: incorrect passphrase"); process.exitCode = 1;`);
    const run = await talaria(["status", "--stack", "prod"], { program });
    expect(run.stderr).toContain("The outputs of stack prod cannot be read: incorrect passphrase");
  });
});
