import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, dockerOutput } from "./client.ts";
import type { Docker } from "./daemon.ts";
import { dockerPaths, dockerRoot } from "./folders.ts";
import { imageOf } from "./imageFiles.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { runningDocker } from "./running.ts";
import { scanImage } from "./scanImage.ts";

// One that runs, none of its own: the tests beside this one would find it, and lose it at its end.
const found = (await runningDocker(dockerPaths(dockerRoot), process.env)) ?? { wrong: "no Docker daemon answers" };
const daemon = "wrong" in found ? undefined : foreign(found.env);
if ("wrong" in found) console.log(`skipped: ${found.wrong}`);

function foreign(env: Docker["env"]): Docker {
  return { socket: env.DOCKER_HOST, env, owned: false, close: async () => {} };
}

let folder: string;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-docker-test-"));
});
afterAll(async () => {
  await fs.rm(folder, { recursive: true, force: true });
});

describe.skipIf(daemon === undefined)("a registry on loopback", { timeout: 120_000 }, () => {
  let registry: Registry;
  let env: Docker["env"];
  let tags: string[] = [];
  beforeAll(async () => {
    if (daemon === undefined) return;
    env = { ...daemon.env, DOCKER_CONFIG: path.join(folder, "config") };
    await fs.cp(daemon.env.DOCKER_CONFIG ?? "", env.DOCKER_CONFIG ?? "", { recursive: true }).catch(() => {});
    registry = await startRegistry({ docker: daemon, folder: path.join(folder, "registry") });
    const { name } = await imageOf(daemon.env, "talaria-test/files", [{ to: "/a", from: { text: folder } }]);
    tags = [name, `${registry.host}/test/files:1`];
    await dockerOutput(env, ["tag", name, tags[1] ?? ""]);
  });
  afterAll(async () => {
    if (daemon === undefined) return;
    for (const tag of tags) await docker(env, ["image", "rm", tag]);
    await registry.close();
  });

  it("refuses a push without a login, and with a wrong password", async () => {
    expect((await docker(env, ["push", tags[1] ?? ""])).code).not.toBe(0);
    const wrong = await docker(env, ["login", "-u", registry.username, "--password-stdin", registry.host], {
      input: "wrong",
    });
    expect(wrong.code).not.toBe(0);
  });

  it("takes a push after a login, and gives the image by its digest", async () => {
    const login = ["login", "-u", registry.username, "--password-stdin", registry.host];
    await dockerOutput(env, login, { input: registry.password });
    await dockerOutput(env, ["push", "-q", tags[1] ?? ""]);
    const format = "{{index .RepoDigests 0}}";
    const digest = await dockerOutput(env, ["image", "inspect", "--format", format, tags[1] ?? ""]);
    expect(digest).toMatch(/^127\.0\.0\.1:\d+\/test\/files@sha256:[0-9a-f]{64}$/);
    await dockerOutput(env, ["pull", "-q", digest]);
    await docker(env, ["image", "rm", digest]);
  });
});

describe.skipIf(daemon === undefined)("an image of files", { timeout: 120_000 }, () => {
  it("is made once, and again when a file differs", async () => {
    if (daemon === undefined) return;
    const of = (text: string) =>
      imageOf(daemon.env, "talaria-test/once", [{ to: "/a", from: { text: folder + text } }]);
    const [first, again, other] = [await of("1"), await of("1"), await of("2")];
    expect([first.built, again.built, other.built]).toEqual([true, false, true]);
    expect(first.name).toBe(again.name);
    for (const { name } of [first, other]) await docker(daemon.env, ["image", "rm", name]);
  });

  it("is found to hold what it holds, and nothing else", async () => {
    if (daemon === undefined) return;
    const secret = `secret-${folder}`;
    const { name } = await imageOf(daemon.env, "talaria-test/secret", [{ to: "/a/b", from: { text: `x${secret}x` } }]);
    const findings = await scanImage(daemon.env, name, ["not in any image", secret]);
    expect(findings.map(({ text }) => text)).toEqual([1]);
    await docker(daemon.env, ["image", "rm", name]);
  });
});
