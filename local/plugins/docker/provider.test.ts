import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isUnknown, type Properties, receive, send, unknown } from "../server/properties.ts";
import { connectPlugin, type PluginClient } from "../testing/client.ts";
import { dockerProvider } from "./provider.ts";

const type = "docker:index/image:Image";
let plugin: PluginClient;
let context: string;
let news: Properties;

beforeEach(async () => {
  context = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-context-"));
  fs.writeFileSync(path.join(context, "Dockerfile"), "FROM scratch\n");
  const build = { context, dockerfile: path.join(context, "Dockerfile"), platform: "linux/amd64" };
  const registry = { server: "registry.example", username: "v1", password: "first" };
  news = { imageName: "registry.example/bot:1", build, registry };
  plugin = await connectPlugin(dockerProvider());
});

afterEach(async () => {
  await plugin.close();
  fs.rmSync(context, { recursive: true });
});

/** State of an image that was made from these inputs. */
const made = (inputs: Properties): Properties => ({ imageName: "registry.example/bot:1", __inputs: inputs });

describe("the stand-in for the docker plugin", () => {
  it("previews an image whose digest is not known yet, and builds nothing", async () => {
    expect(await plugin.check(type, "bot", news)).toEqual([]);
    const previewed = await plugin.create(type, send(await plugin.inputs(type, "bot", news)), true);
    const state = receive(previewed.properties).values;
    expect(state.imageName).toBe("registry.example/bot:1");
    expect(isUnknown(state.repoDigest)).toBe(true);
  });

  it("adds the digest of the context to the inputs, so that a changed file is a change and an ignored one is none", async () => {
    fs.writeFileSync(path.join(context, ".dockerignore"), "noise\n");
    const first = await plugin.inputs(type, "bot", news);
    expect(first.build).toMatchObject({ contextDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    fs.writeFileSync(path.join(context, "noise"), "x");
    expect((await plugin.diff(type, made(first), await plugin.inputs(type, "bot", news))).changed).toEqual([]);
    fs.writeFileSync(path.join(context, "file"), "x");
    expect((await plugin.diff(type, made(first), await plugin.inputs(type, "bot", news))).changed).toEqual(["build"]);
  });

  it("sees no change in another login, and one in another registry", async () => {
    const other = (registry: Properties) => plugin.diff(type, made(news), { ...news, registry });
    expect((await other({ server: "registry.example", username: "v2", password: "second" })).changed).toEqual([]);
    expect((await other({ server: "registry.example", password: unknown })).changed).toEqual([]);
    expect((await other({ server: "elsewhere.example" })).changed).toEqual(["registry"]);
  });

  it("keeps the state on a refresh, and removes nothing", async () => {
    expect((await plugin.read(type, "registry.example/bot:1")).id).toBe("registry.example/bot:1");
    await plugin.delete(type, "registry.example/bot:1", made(news));
  });

  it("names the input that is missing, unknown, or leads nowhere", async () => {
    expect(await plugin.check(type, "bot", { build: {} })).toEqual([
      "'imageName' is missing: name the image, with its registry.",
    ]);
    expect(await plugin.check(type, "bot", { ...news, tag: "1" })).toEqual([
      "The stand-in (local/plugins) does not know 'tag' of docker.Image.",
    ]);
    const [problem] = await plugin.check(type, "bot", { ...news, build: { context: "/nowhere" } });
    expect(problem).toContain("could not open dockerfile at relative path /nowhere/Dockerfile");
  });
});
