import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as pins from "./pins.ts";
import { ensurePlugins } from "./plugins.ts";
import type { ProgressEvent } from "./progress.ts";
import type { PulumiCli } from "./pulumiCli.ts";
import type { Outcome } from "./sources.ts";

let folder: string;
let events: ProgressEvent[];
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-plugins-"));
  await fs.mkdir(path.join(folder, "stand-ins"));
  for (const name of Object.keys(pins.plugins))
    await program(path.join(folder, "stand-ins", `pulumi-resource-${name}`));
  events = [];
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

type Install = (pulumi: PulumiCli) => Promise<Outcome<"installed">>;
const outOfReach: Install = async () => ({ lacking: "out of reach (ENOTFOUND)" });
const notToBeAsked: Install = () => Promise.reject(new Error("not to be asked"));
const downloads: Install = async ({ home }) => {
  for (const [name, version] of Object.entries(pins.plugins))
    await program(path.join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`));
  return { have: "installed" };
};

async function program(file: string): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, "#!/bin/sh\n", { mode: 0o755 });
}

const memory = () => path.join(folder, "memory.json");
function ensure(install: Install) {
  const progress = (event: ProgressEvent) => void events.push(event);
  const pulumi = { home: path.join(folder, "home"), bin: folder, version: pins.pulumi.version };
  return ensurePlugins({ progress, pulumi, memory: memory(), standIns: path.join(folder, "stand-ins"), install });
}

describe("provider plugins", () => {
  it("are the real ones where Pulumi can download them", async () => {
    expect(await ensure(downloads)).toEqual({ kind: "real" });
  });

  it("are stand-ins elsewhere, said in one line with the reason", async () => {
    expect(await ensure(outOfReach)).toEqual({ kind: "stand-ins", bin: path.join(folder, "stand-ins") });
    expect(events.at(-1)?.detail).toMatch(/^stand-ins for cloudflare, docker, command: .*out of reach/);
    expect(events.at(-1)?.detail).not.toContain("\n");
  });

  it("are decided once", async () => {
    await ensure(outOfReach);
    expect(await ensure(notToBeAsked)).toMatchObject({ kind: "stand-ins" });
  });

  it("are decided again for other versions, when real ones are gone, and when the memory is damaged", async () => {
    await ensure(outOfReach);
    const other = { kind: "stand-ins", why: "then", versions: { cloudflare: "1.0.0" } };
    await fs.writeFile(memory(), JSON.stringify(other));
    expect(await ensure(downloads)).toEqual({ kind: "real" });
    await fs.rm(path.join(folder, "home"), { recursive: true });
    expect(await ensure(outOfReach)).toMatchObject({ kind: "stand-ins" });
    await fs.writeFile(memory(), "{");
    expect(await ensure(downloads)).toEqual({ kind: "real" });
  });

  it("names the stand-in that is missing", async () => {
    await fs.rm(path.join(folder, "stand-ins", "pulumi-resource-docker"));
    await expect(ensure(outOfReach)).rejects.toThrow(/stand-in for docker is not in/);
  });
});

describe("the pinned versions", () => {
  it("are those of the npm packages, because the engine takes no other", async () => {
    const { dependencies } = JSON.parse(await fs.readFile("package.json", "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const [name, version] of Object.entries(pins.plugins)) expect(dependencies[`@pulumi/${name}`]).toBe(version);
    expect(dependencies["@pulumi/pulumi"]).toBe(pins.pulumi.version);
  });
});
