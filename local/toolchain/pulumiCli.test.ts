import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as pins from "./pins.ts";
import type { ProgressEvent } from "./progress.ts";
import { type EnsurePulumiOptions, ensurePulumi, programs } from "./pulumiCli.ts";
import type { Outcome } from "./sources.ts";

const { version } = pins.pulumi;
const outOfReach = async (): Promise<Outcome<string>> => ({ lacking: "out of reach (ENOTFOUND)" });
const notToBeAsked = () => Promise.reject(new Error("not to be asked"));

let folder: string;
let home: string;
let events: ProgressEvent[];
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-cli-"));
  home = path.join(folder, "home");
  events = [];
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

/** A folder with programs that stand for Pulumi's: `pulumi` prints a version. */
async function aPulumi(
  bin: string,
  { prints = version as string, names = programs as readonly string[] } = {},
): Promise<string> {
  await fs.mkdir(bin, { recursive: true });
  for (const name of names) await fs.writeFile(path.join(bin, name), `#!/bin/sh\necho v${prints}\n`, { mode: 0o755 });
  return bin;
}

const made = async (bin: string) => ({ have: await aPulumi(bin) });

function ensure(searchPath: string, options: Partial<EnsurePulumiOptions> = {}) {
  const progress = (event: ProgressEvent) => void events.push(event);
  return ensurePulumi({ progress, home, env: { PATH: searchPath }, download: outOfReach, ...options });
}

describe("ensuring Pulumi", () => {
  it("takes the one on PATH when it has exactly the pinned version", async () => {
    const bin = await aPulumi(path.join(folder, "own"));
    const found = await ensure(bin, { download: notToBeAsked, build: notToBeAsked });
    expect(found).toEqual({ home, bin, version });
    expect(events.at(-1)).toMatchObject({ state: "done", detail: "found on PATH" });
  });

  it("passes over another version on PATH, and over one without a language host", async () => {
    const old = await aPulumi(path.join(folder, "old"), { prints: "3.1.0" });
    const bare = await aPulumi(path.join(folder, "bare"), { names: ["pulumi"] });
    const bin = path.join(home, "versions", version, "bin");
    expect(await ensure(old, { download: made })).toMatchObject({ bin });
    await fs.rm(home, { recursive: true });
    expect(await ensure(bare, { download: made })).toMatchObject({ bin });
  });

  it("takes what an earlier run left in the cache", async () => {
    const bin = await aPulumi(path.join(home, "versions", version, "bin"));
    expect(await ensure("", { download: notToBeAsked, build: notToBeAsked })).toMatchObject({ bin });
  });

  it("downloads before it builds", async () => {
    await ensure("", { download: made, build: notToBeAsked });
    expect(events.at(-1)?.detail).toBe("from download");
  });

  it("builds when the download is out of reach, and says why", async () => {
    await ensure("", { build: made });
    expect(events.map((event) => event.detail)).toContain("download: out of reach (ENOTFOUND)");
    expect(events.at(-1)?.detail).toBe("built, once");
  });

  it("downloads once when two ask at the same time", async () => {
    let downloads = 0;
    const download = (bin: string) => {
      downloads++;
      return made(bin);
    };
    await Promise.all([ensure("", { download }), ensure("", { download })]);
    expect(downloads).toBe(1);
  });

  it("names every source and what to install when there is no Go either", async () => {
    const old = await aPulumi(path.join(folder, "old"), { prints: "3.1.0" });
    const message = await ensure(old).catch((error: Error) => error.message);
    expect(message).toContain("on PATH: ");
    expect(message).toContain("is version 3.1.0");
    expect(message).toContain("download: out of reach");
    expect(message).toContain("build: no Go on PATH");
    expect(message).toContain(`Next: install Go ${pins.pulumi.goVersion} or newer`);
  });

  it("refuses a Go that is too old for the build", async () => {
    const bin = path.join(folder, "go");
    await fs.mkdir(bin);
    await fs.writeFile(path.join(bin, "go"), "#!/bin/sh\necho go1.21.3\n", { mode: 0o755 });
    await expect(ensure(bin)).rejects.toThrow(/is Go 1\.21\.3, it takes/);
  });
});
