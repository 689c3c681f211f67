/**
 * The stack's images under the real engine: the program's own `infra/images.ts` on small contexts, the stand-in, a daemon, a
 * registry with a login, and the loopback Cloudflare that hands it out. Skipped where there is no daemon or registry.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountId, aLoopback, type Loopback, token } from "../../cloudflare/testing/loopback.ts";
import { type Registry, startRegistry } from "../../docker/index.ts";
import { checkout } from "../../paths.ts";
import { type Engine, startEngine } from "../testing/engine.ts";

const run = (program: string, args: readonly string[], cwd?: string) =>
  spawnSync(program, args, { encoding: "utf8", ...(cwd !== undefined && { cwd }) });
const lacks = [
  run("docker", ["version"]).status === 0 ? "" : "no Docker daemon answers",
  run("docker-registry", ["--version"]).status === 0 ? "" : "docker-registry is not installed",
].filter((lack) => lack !== "");
if (lacks.length > 0) process.stderr.write(`skipped: ${lacks.join(", ")}\n`);

const program = `
import { ImageRetention } from "./cloudflare/imageRetention.ts";
import { readConfig } from "./config.ts";
import { BotImages } from "./images.ts";
import { botNames } from "./naming.ts";
import * as pulumi from "@pulumi/pulumi";

const config = readConfig();
const { references, repositories } = new BotImages("images", { config, names: botNames(config.project, config.stack) });
const { accountId, imageRegistry: registry, keepImages: keep } = config;
const used = pulumi.all(Object.values(references));
export const storage = new ImageRetention("kept", { accountId, registry, repositories: [...repositories], keep, used }).storage;
export const hermes = references.hermes;
export const exec = references.exec;
`;

describe.skipIf(lacks.length > 0)("the images of a stack", () => {
  let folder: string;
  let registry: Registry;
  let cloudflare: Loopback;
  let engine: Engine;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-stack-"));
    registry = await startRegistry({
      docker: { socket: process.env.DOCKER_HOST ?? "", env: {}, owned: false, close: async () => {} } as never,
      folder: path.join(folder, "registry"),
    });
    cloudflare = await aLoopback({ registry });
    engine = await startEngine(aProject(path.join(folder, "project")));
    commit("everything");
    const { url } = cloudflare;
    const plain = { accountId, apiBaseUrl: url, engine: "docker", imageRegistry: registry.host, keepImages: "1" };
    for (const [key, value] of Object.entries(plain)) await engine.pulumi("config", "set", `talaria:${key}`, value);
    const secrets = { cloudflareApiToken: token, repositoryPassword: "p".repeat(20), anthropicApiKey: "k" };
    for (const [key, value] of Object.entries(secrets))
      await engine.pulumi("config", "set", "--secret", `talaria:${key}`, value);
  });

  afterAll(async () => {
    await engine?.remove();
    await cloudflare?.close();
    await registry?.close();
    const listed = run("docker", ["images", "--format", "{{.Repository}}:{{.Tag}}", `${registry.host}/*/*`]).stdout;
    for (const name of listed.split("\n").filter(Boolean)) run("docker", ["rmi", name]);
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function commit(message: string): void {
    const author = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    run("git", ["init", "-q"], engine.project);
    run("git", ["add", "-A", "container", "infra", "notes.md"], engine.project);
    run("git", [...author, "commit", "-q", "-m", message], engine.project);
  }

  const write = (name: string, text: string) => fs.writeFileSync(path.join(engine.project, name), text);

  /** How often a login was asked for so far. */
  function logins(): number {
    const file = path.join(cloudflare.stateDir, "requests.jsonl");
    const log = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""; // made by the first request
    return log.split("\n").filter((line) => line.includes("/credentials")).length;
  }

  async function tags(name: string): Promise<readonly string[]> {
    const authorization = `Basic ${btoa(`${registry.username}:${registry.password}`)}`;
    const answer = await fetch(`http://${registry.host}/v2/${accountId}/talaria-dev-${name}/tags/list`, {
      headers: { authorization },
    });
    const { tags } = (await answer.json()) as { tags?: string[] | null };
    return tags ?? [];
  }

  async function outputs(): Promise<Record<string, string>> {
    return JSON.parse((await engine.pulumi("stack", "output", "--json")).output);
  }

  async function succeed(...args: string[]): Promise<string> {
    const { code, output } = await engine.pulumi(...args);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    return output;
  }

  const up = () => succeed("up", "--yes", "--skip-preview");

  it("are previewed without a login, a build or a push", async () => {
    expect(await succeed("preview")).toMatch(/docker:index:Image.*create/);
    expect([logins(), await tags("hermes")]).toEqual([0, []]);
  });

  it("are built, pushed with the account's login and known by their digests", async () => {
    await up();
    const { hermes = "", exec = "", storage } = await outputs();
    const repository = `${registry.host}/${accountId}/talaria-dev`;
    expect(hermes.replace(/[0-9a-f]{64}/, "")).toBe(`${repository}-hermes@sha256:`);
    expect(exec.replace(/[0-9a-f]{64}/, "")).toBe(`${repository}-exec@sha256:`);
    expect([(await tags("hermes")).length, (await tags("exec")).length]).toEqual([1, 1]);
    expect(storage).toMatch(/^2 images, 0\.\d\d GB of 50 GB$/);
    expect(run("docker", ["pull", hermes]).stderr).toMatch(/no basic auth credentials|unauthorized/);
    const image = `${repository}-hermes:${(await tags("hermes"))[0]}`;
    const labels = JSON.parse(run("docker", ["image", "inspect", "-f", "{{json .Config.Labels}}", image]).stdout);
    expect(labels.revision).toBe(run("git", ["rev-parse", "HEAD"], engine.project).stdout.trim());
  });

  it("stay as they are in a second up, and after a commit elsewhere, and nobody logs in for that", async () => {
    const before = [logins(), await outputs()];
    await succeed("preview", "--expect-no-changes");
    write("notes.md", "a commit elsewhere");
    write("container/hermes/ignored.md", "a file that the image does not hold");
    commit("elsewhere");
    await succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect([logins(), await outputs()]).toEqual(before);
  });

  it("change one by one, and the old ones stay as long as they are the ones before", async () => {
    const first = await outputs();
    write("container/hermes/script", "two");
    const shown = await succeed("preview");
    expect(shown).toMatch(/images-hermes +update/);
    expect(shown).not.toMatch(/images-exec +update/);
    await up();
    const second = await outputs();
    expect(second.hermes).not.toBe(first.hermes);
    expect(second.exec).toBe(first.exec);
    expect((await tags("hermes")).length).toBe(2);
    write("container/hermes/script", "three");
    await up();
    expect((await tags("hermes")).length).toBe(2);
    expect((await outputs()).storage).toContain("of which 1 old ones were just deleted");
  });

  it("are pushed again after an up that was interrupted by a failing build", async () => {
    const good = fs.readFileSync(path.join(engine.project, "container/exec/Dockerfile"), "utf8");
    write("container/exec/Dockerfile", `${good}COPY not-there /\n`);
    expect((await engine.pulumi("up", "--yes", "--skip-preview")).output).toContain("not-there");
    write("container/exec/Dockerfile", good.replace("# exec", "# mended"));
    await up();
    await succeed("preview", "--expect-no-changes");
  });
});

/** A checkout in small: the program's code as it is, and contexts that build in a moment. */
function aProject(folder: string): string {
  for (const name of ["infra", "package.json", "worker", "container/buildContext.ts"])
    fs.cpSync(path.join(checkout, name), path.join(folder, name), { recursive: true });
  const yaml =
    "name: talaria\nmain: infra/program.ts\nruntime:\n  name: nodejs\n  options: {typescript: false}\noptions: {refresh: always}\n";
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), yaml);
  fs.writeFileSync(path.join(folder, "infra", "program.ts"), program);
  fs.writeFileSync(path.join(folder, "notes.md"), "notes");
  for (const [image, from, ignored] of [
    ["hermes", "hermes", "../.dockerignore"],
    ["exec", ".", ".dockerignore"],
  ] as const) {
    const context = path.join(folder, "container", image);
    fs.mkdirSync(context);
    const dockerfile = `# ${image}\nFROM scratch\nCOPY ${from} /\nARG TALARIA_REVISION\nLABEL revision=$TALARIA_REVISION\n`;
    fs.writeFileSync(path.join(context, "Dockerfile"), dockerfile);
    fs.writeFileSync(path.join(context, ignored), "**/*.md\nexec\n*.ts\n");
    fs.writeFileSync(path.join(context, "script"), `${image} one`);
  }
  return folder;
}
