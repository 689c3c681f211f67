/** The docker stand-in with a real daemon and a registry that wants a login. Skipped where either is missing. */
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../freePort.ts";
import { type Properties, receive, send } from "../server/properties.ts";
import { connectPlugin, type PluginClient } from "../testing/client.ts";
import { dockerProvider } from "./provider.ts";

const type = "docker:index/image:Image";
const docker = (...args: string[]) => spawnSync("docker", args, { encoding: "utf8" });
const lacks = [
  docker("version").status === 0 ? "" : "no Docker daemon answers",
  spawnSync("docker-registry", ["--version"]).status === 0 ? "" : "docker-registry is not installed",
].filter((lack) => lack !== "");
if (lacks.length > 0) process.stderr.write(`skipped: ${lacks.join(", ")}\n`);

/** `talaria` / `secret`, by bcrypt. */
const passwords = "talaria:$2b$05$VhuOywfQqG7GkTNt8KUmEOfONVjbQ5na/eTB9ny6EG.Un7zoiafGm\n";

describe.skipIf(lacks.length > 0)("the stand-in for the docker plugin, with a daemon", () => {
  let plugin: PluginClient;
  let folder: string;
  let host: string;
  let registry: ReturnType<typeof spawn>;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-image-"));
    vi.stubEnv("TMPDIR", folder); // what lies there is this test's own
    host = `127.0.0.1:${await freePort()}`;
    registry = await startRegistry(folder, host);
    plugin = await connectPlugin(dockerProvider());
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await plugin?.close();
    registry?.kill();
    const ids = docker("images", "--quiet", "--filter", `reference=${host}/*/*`).stdout.split("\n").filter(Boolean);
    if (ids.length > 0) docker("rmi", "--force", ...new Set(ids)); // with the names that they have by digest
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Inputs of an image whose context holds this text. */
  function anImage(text: string, login: Properties = { username: "talaria", password: "secret" }): Properties {
    const context = path.join(folder, "context");
    fs.mkdirSync(context, { recursive: true });
    fs.writeFileSync(path.join(context, "Dockerfile"), "FROM scratch\nARG LABEL\nLABEL given=$LABEL\nCOPY . /\n");
    fs.writeFileSync(path.join(context, "file"), text);
    fs.writeFileSync(path.join(context, ".dockerignore"), "noise\n");
    const build = { context, dockerfile: `${context}/Dockerfile`, platform: "linux/amd64", args: { LABEL: "yes" } };
    return { imageName: `${host}/account/bot:1`, build, registry: { server: host, ...login } };
  }

  it("builds, pushes with the given login and knows the image by the registry's digest", async () => {
    const news = await plugin.inputs(type, "bot", anImage("one"));
    const made = await plugin.create(type, send(news));
    const { repoDigest, imageName } = receive(made.properties).values;
    expect(imageName).toBe(`${host}/account/bot:1`);
    const answer = await fetch(`http://${host}/v2/account/bot/manifests/1`, {
      headers: {
        authorization: `Basic ${btoa("talaria:secret")}`,
        accept: "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json",
      },
    });
    expect(answer.status).toBe(200);
    expect(repoDigest).toBe(`${host}/account/bot@${answer.headers.get("docker-content-digest")}`);
    const inspected = docker("image", "inspect", String(imageName)).stdout;
    expect(JSON.parse(inspected)[0]).toMatchObject({ Architecture: "amd64", Config: { Labels: { given: "yes" } } });
    expect(plugin.lines.some(({ text }) => text.includes("COPY"))).toBe(true);
  });

  it("gives the same image the same digest, and a changed file another one", async () => {
    const digestOf = async (text: string) => {
      const made = await plugin.create(type, send(await plugin.inputs(type, "bot", anImage(text))));
      return receive(made.properties).values.repoDigest;
    };
    const first = await digestOf("two");
    expect(await digestOf("two")).toBe(first);
    expect(await digestOf("three")).not.toBe(first);
  });

  it("leaves no login behind, and names image and permission when the registry refuses", async () => {
    const before = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("talaria-docker-"));
    const wrong = anImage("one", { username: "talaria", password: "expired" });
    const news = await plugin.inputs(type, "bot", wrong);
    await expect(plugin.create(type, send(news))).rejects.toThrow(
      /refused the image .*account\/bot:1.*Workers Containers: Edit/,
    );
    expect(fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("talaria-docker-"))).toEqual(before);
  });

  it("says what the build said when it fails", async () => {
    const broken = anImage("one");
    fs.writeFileSync(path.join(folder, "context", "Dockerfile"), "FROM scratch\nCOPY nothing-there /\n");
    const news = await plugin.inputs(type, "bot", broken);
    await expect(plugin.create(type, send(news))).rejects.toThrow(/nothing-there/);
  });
});

async function startRegistry(folder: string, address: string): Promise<ReturnType<typeof spawn>> {
  fs.writeFileSync(path.join(folder, "htpasswd"), passwords);
  fs.writeFileSync(
    path.join(folder, "registry.yml"),
    `version: 0.1\nstorage:\n  filesystem: {rootdirectory: ${folder}/data}\nhttp: {addr: ${address}}\n` +
      `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}\n`,
  );
  const child = spawn("docker-registry", ["serve", path.join(folder, "registry.yml")], { stdio: "ignore" });
  for (let tries = 0; tries < 100; tries++) {
    const up = await fetch(`http://${address}/v2/`).then(
      () => true,
      () => false,
    );
    if (up) return child;
    await pause(100);
  }
  throw new Error("the registry did not start");
}
