import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { dockerOutput } from "../local/docker/client.ts";
import { scanImage } from "../local/docker/index.ts";
import { engineLabel } from "../local/runtime/docker/labels.ts";
import { type LocalSystem, mustPass, startLocal } from "./harness.ts";

const { DOCKER_HOST, DOCKER_CONFIG = "" } = process.env;
if (!DOCKER_HOST) process.stdout.write("skipped: the whole stack on Docker (DOCKER_HOST names no daemon)\n");

const docker = (...words: string[]) => dockerOutput({ DOCKER_HOST: DOCKER_HOST ?? "", DOCKER_CONFIG }, words);
const statusSchema = z.looseObject({
  state: z.string(),
  engine: z.string(),
  isolated: z.boolean(),
  images: z.looseObject({ hermes: z.object({ declared: z.string(), running: z.string().nullable() }) }),
});

/** Names of the bots' containers, without the sidecars. */
const containers = async () => {
  const names = await docker("ps", "-a", "--filter", `label=${engineLabel}`, "--format", "{{.Names}}");
  return names.split("\n").filter((name) => name !== "" && !name.endsWith("-proxy"));
};

describe.skipIf(!DOCKER_HOST)("the whole stack on Docker", () => {
  let local: LocalSystem;
  let before: readonly string[];
  beforeAll(async () => {
    before = await containers();
    local = await startLocal({ engine: "docker" });
  }, 1_500_000);
  afterAll(async () => {
    await local?.stop();
    expect(await containers()).toEqual(before);
  });

  const status = async () => statusSchema.parse(JSON.parse(mustPass(await local.talaria(["status", "--json"])).stdout));

  it("runs what the stack built, by digest, and says that it is isolated", async () => {
    const { engine, isolated, images } = await status();
    expect({ engine, isolated }).toEqual({ engine: "docker", isolated: true });
    expect(images.hermes.declared).toMatch(/^127\.0\.0\.1:\d+\/\S+-hermes@sha256:[0-9a-f]{64}$/);
    expect(images.hermes.running).toBe(images.hermes.declared);
  });

  it("answers a chat, and runs a tool call as the user hermes, with the model reached through talaria.internal", async () => {
    const answer = mustPass(await local.talaria(["chat", "--no-stream", "RUN id -un; pwd; echo $TALARIA_URL"])).stdout;
    expect(answer).toContain("hermes");
    expect(answer).toContain("/workspace");
    expect(answer).toContain("http://talaria.internal");
  });

  it("has nothing to build, push or change the second time (I8)", async () => {
    mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
  });

  it("holds none of the stack's secrets in any layer, label or line of history (I7)", async () => {
    const { images } = await status();
    const password = await fs.readFile(path.join(local.stateDir, "repository-password-local"), "utf8");
    const secrets = [local.adminToken, local.clientToken, local.apiToken, password.trim()];
    expect(await scanImage({ DOCKER_HOST: DOCKER_HOST ?? "", DOCKER_CONFIG }, images.hermes.declared, secrets)).toEqual(
      [],
    );
  });

  it("comes back when its container is killed", async () => {
    const [name] = (await containers()).filter((each) => !before.includes(each));
    expect(name).toBeDefined();
    await docker("kill", name ?? "");
    expect(mustPass(await local.talaria(["chat", "--no-stream", "hello again"])).stdout).toContain("hello again");
    expect((await status()).state).toBe("ready");
  });
});
