import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isUnknown, receive, send } from "../server/properties.ts";
import { connectPlugin, type PluginClient } from "../testing/client.ts";
import { dockerProvider } from "./provider.ts";

const type = "docker:index/image:Image";
const news = { imageName: "registry.example/bot:1", build: { context: "." }, buildOnPreview: false, skipPush: false };
let plugin: PluginClient;

beforeEach(async () => {
  plugin = await connectPlugin(dockerProvider());
});

afterEach(() => plugin.close());

describe("the stand-in for the docker plugin", () => {
  it("previews an image whose digest is not known yet", async () => {
    expect(await plugin.check(type, "bot", news)).toEqual([]);
    const made = await plugin.create(type, send(news), true);
    const state = receive(made.properties).values;
    expect(state.imageName).toBe("registry.example/bot:1");
    expect(isUnknown(state.repoDigest)).toBe(true);
  });

  it("refuses to build, and says what to do", async () => {
    await expect(plugin.create(type, send(news))).rejects.toThrow(
      /cannot build image "registry.example\/bot:1".*pulumi plugin install resource docker 5\.2\.0/,
    );
  });

  it("names the input that is missing", async () => {
    expect(await plugin.check(type, "bot", { build: {} })).toEqual([
      "'imageName' is missing: name the image, with its registry.",
    ]);
  });
});
