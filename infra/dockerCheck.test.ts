import { expect, test } from "vitest";
import type { RunDocker } from "./docker.ts";
import { dockerLack } from "./dockerCheck.ts";

/** A machine whose Docker answers this; `buildx` undefined = not installed. */
function machine({ api = "1.47", arch = "amd64", buildx = undefined as string | undefined } = {}): RunDocker {
  const version = { Client: {}, Server: { ApiVersion: api, Version: "27.1", Arch: arch, Os: "linux" } };
  return async (command) => {
    if (command === "version") return { ok: true, text: JSON.stringify(version) };
    return buildx === undefined ? { ok: false, text: "no such command" } : { ok: true, text: buildx };
  };
}

test("takes a Docker that builds for Cloudflare", async () => {
  expect(await dockerLack(machine())).toBeUndefined();
});

test("says that Docker is not installed, and that prebuilt images do without", async () => {
  const lack = await dockerLack(async () => ({ ok: false, text: "ENOENT" }));
  expect(lack).toContain("Docker is not installed");
  expect(lack).toContain("pulumi config set --path talaria:images.hermes");
});

test("says that Docker does not run, in its own words", async () => {
  const lack = await dockerLack(async () => ({ ok: false, text: "Cannot connect to the Docker daemon at unix:///x." }));
  expect(lack).toContain("Docker does not run here (Cannot connect to the Docker daemon at unix:///x.)");
});

test("says that Docker is too old", async () => {
  expect(await dockerLack(machine({ api: "1.40" }))).toContain("too old to build the images: they need 20.10");
  expect(await dockerLack(machine({ api: "1.41" }))).toBeUndefined();
});

test("says that another architecture lacks the emulation, and is content where there is one", async () => {
  expect(await dockerLack(machine({ arch: "arm64" }), "/nowhere")).toContain("cannot run linux/amd64");
  expect(await dockerLack(machine({ arch: "arm64", buildx: "Platforms: linux/arm64" }))).toContain(
    "cannot run linux/amd64",
  );
  expect(await dockerLack(machine({ arch: "arm64", buildx: "Platforms: linux/arm64, linux/amd64" }))).toBeUndefined();
});
