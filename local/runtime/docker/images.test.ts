import { describe, expect, it } from "vitest";
import { registryHost, splitReference } from "./images.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("an image reference", () => {
  it.each([
    ["debian", { repository: "debian", version: "latest" }],
    ["127.0.0.1:5000/a/bot", { repository: "127.0.0.1:5000/a/bot", version: "latest" }],
    ["127.0.0.1:5000/a/bot:1", { repository: "127.0.0.1:5000/a/bot", version: "1" }],
    [`127.0.0.1:5000/a/bot@${digest}`, { repository: "127.0.0.1:5000/a/bot", version: digest }],
    [`127.0.0.1:5000/a/bot:1@${digest}`, { repository: "127.0.0.1:5000/a/bot", version: digest }],
  ])("%s is pulled by its digest, else by its tag", (reference, parts) => {
    expect(splitReference(reference)).toEqual(parts);
  });

  it.each([
    ["127.0.0.1:5000/a/bot:1", "127.0.0.1:5000"],
    ["localhost/bot", "localhost"],
    ["registry.cloudflare.com/a/bot", "registry.cloudflare.com"],
    ["cloudflare/proxy-everything:1", undefined],
    ["debian:trixie", undefined],
  ])("%s is in the registry %s", (reference, host) => {
    expect(registryHost(reference)).toBe(host);
  });
});
