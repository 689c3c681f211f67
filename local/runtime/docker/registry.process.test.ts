import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dockerOutput } from "../../docker/client.ts";
import { type Registry, startRegistry } from "../../docker/index.ts";
import { type TestDocker, testDocker, whyNoDocker } from "../testing/docker.ts";
import { containerWorker, image, startTestRuntime } from "../testing/fixture.ts";
import { imagesOf } from "./sweep.ts";

const missing = await whyNoDocker();

describe("images of a registry with a login", () => {
  let docker: TestDocker;
  let registry: Registry;
  let reference: string;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-registry-"));

  beforeEach(({ skip }) => skip(missing !== undefined, `skipped: ${missing}`));
  beforeAll(async () => {
    if (missing) return;
    docker = await testDocker();
    const daemon = { socket: docker.env.DOCKER_HOST, env: docker.env, owned: false, close: async () => {} };
    registry = await startRegistry({ docker: daemon, folder: path.join(folder, "registry") });
    const env = { ...docker.env, DOCKER_CONFIG: path.join(folder, "config") };
    const tagged = `${registry.host}/a/fixture:1`;
    const login = ["login", "--username", registry.username, "--password-stdin", registry.host];
    await dockerOutput(env, login, { input: registry.password });
    await dockerOutput(env, ["tag", image, tagged]);
    const pushed = await dockerOutput(env, ["push", tagged]);
    reference = `${registry.host}/a/fixture@${/sha256:[0-9a-f]{64}/.exec(pushed)?.[0]}`;
    await dockerOutput(env, ["rmi", tagged]);
  });
  afterAll(async () => {
    await registry?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Status of the first request to a Worker whose containers start from the reference. */
  async function firstRequest(password: string) {
    const login = { host: registry.host, username: registry.username, password };
    const test = await startTestRuntime({ engine: docker.engine({ registries: [login], keepImages: false }) });
    const worker = `w${randomBytes(4).toString("hex")}`;
    await test.runtime.setImage(worker, "App", reference);
    await test.runtime.deploy(await containerWorker(worker));
    await test.runtime.setPublic(worker, true);
    const response = await fetch(`${await test.runtime.url(worker)}/app/a/env`);
    const body = await response.text();
    const [instance] = await test.runtime.instances(worker, "App");
    await test.stop();
    return { status: response.status, body, instance, lines: test.lines.map(({ text }) => text).join("\n") };
  }

  it("are not pulled with a wrong password, which the log tells", async () => {
    const { status, lines } = await firstRequest("wrong");
    expect(status).toBe(500);
    expect(lines).toContain(`Image ${reference} cannot be pulled`);
    expect(lines).toContain("unauthorized");
  });

  it("are pulled by digest, named by it everywhere, and removed from the daemon in the end", async () => {
    const { status, body, instance, lines } = await firstRequest(registry.password);
    expect([status, lines]).toEqual([200, expect.anything()]);
    expect(JSON.parse(body)).toMatchObject({ TALARIA_IMAGE: reference, TALARIA_URL: "http://talaria.internal" });
    expect(instance?.image).toBe(reference);
    expect(await imagesOf(docker.docker, [registry.host])).toEqual([]);
  });
});
