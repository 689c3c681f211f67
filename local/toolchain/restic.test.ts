import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { restic } from "./pins.ts";
import { ensureRestic } from "./restic.ts";
import { downloadRestic, type ResticMaker } from "./resticMake.ts";

let folder: string;
let bin: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-restic-"));
  bin = path.join(folder, "bin");
  await fs.mkdir(bin);
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

const says = (version: string) => `#!/bin/sh\necho "restic ${version} compiled with go1.26.8"\n`;
const makes =
  (version: string): ResticMaker =>
  async (into) => {
    await fs.mkdir(into, { recursive: true });
    await fs.writeFile(path.join(into, "restic"), says(version), { mode: 0o755 });
    return { have: path.join(into, "restic") };
  };
const lacks =
  (why: string): ResticMaker =>
  () =>
    Promise.resolve({ lacking: why });
const notAsked: ResticMaker = () => Promise.reject(new Error("not to be asked"));
const ensure = (download: ResticMaker, build: ResticMaker, target?: { os: string; arch: string }) =>
  ensureRestic({
    progress: () => {},
    folder: path.join(folder, "cache"),
    env: { PATH: bin },
    download,
    build,
    ...(target && { target }),
  });

describe("ensuring restic", () => {
  it("takes the user's own when it is the pinned version", async () => {
    await fs.writeFile(path.join(bin, "restic"), says(restic.version), { mode: 0o755 });
    expect((await ensure(notAsked, notAsked)).program).toBe(path.join(bin, "restic"));
  });

  it("passes over another version on PATH, and keeps what it got for the next time", async () => {
    await fs.writeFile(path.join(bin, "restic"), says("0.14.0"), { mode: 0o755 });
    const first = await ensure(makes(restic.version), notAsked);
    expect(first.program).toContain(path.join("cache", "versions", restic.version));
    expect(await ensure(notAsked, notAsked)).toEqual(first);
  });

  it("builds where the release is out of reach", async () => {
    const made = await ensure(lacks("out of reach (ENOTFOUND)"), makes(restic.version));
    expect(made.version).toBe(restic.version);
  });

  it("says why of each way when there is none, and what to do", async () => {
    const failed = ensure(lacks("out of reach (ENOTFOUND)"), lacks("no Go on PATH"));
    await expect(failed).rejects.toThrow(
      /on PATH: no `restic`\n.*download: out of reach.*\n.*build: no Go on PATH\nNext: install Go/s,
    );
  });

  it("never takes this machine's own for an image of another platform", async () => {
    await fs.writeFile(path.join(bin, "restic"), says(restic.version), { mode: 0o755 });
    const other = await ensure(makes("of another machine"), notAsked, { os: "linux", arch: "riscv64" });
    expect(other.program).toContain("linux-riscv64");
  });
});

// Starts Python three times, which a busy machine does slowly.
describe("downloading restic", { timeout: 60_000 }, () => {
  let server: http.Server;
  let pages: Record<string, Buffer | string>;
  beforeEach(async () => {
    await fs.writeFile(path.join(folder, "restic"), says(restic.version));
    const pack = "import bz2, sys; sys.stdout.buffer.write(bz2.compress(open(sys.argv[1], 'rb').read()))";
    const archive = execFileSync("python3", ["-c", pack, path.join(folder, "restic")]);
    const sum = createHash("sha256").update(archive).digest("hex");
    pages = { "/restic_linux_amd64.bz2": archive, "/sums": `${sum}  restic_linux_amd64.bz2\n` };
    server = http.createServer((request, response) => {
      const page = pages[request.url ?? ""];
      response.writeHead(page === undefined ? 404 : 200).end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const into = () => path.join(folder, "made", "bin");
  function download(archiveSha256: Record<string, string> = {}) {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const release = { archive: `${base}/restic_{platform}.bz2`, checksums: `${base}/sums`, archiveSha256 };
    return downloadRestic(into(), { os: "linux", arch: "amd64" }, () => {}, process.env, release);
  }

  it("unpacks a program that starts", async () => {
    expect(await download()).toEqual({ have: path.join(into(), "restic") });
    expect(execFileSync(path.join(into(), "restic"), { encoding: "utf8" })).toContain(restic.version);
  });

  it("holds it to the pinned sum, whatever the release's own list says, and leaves nothing behind", async () => {
    await expect(download({ linux_amd64: "0".repeat(64) })).rejects.toThrow(/has SHA-256 .* expected 0000/);
    expect(await fs.readdir(path.dirname(path.dirname(into())))).not.toContain("made");
  });

  it("is lacking where the release has nothing", async () => {
    pages = {};
    expect(await download()).toEqual({ lacking: expect.stringContaining("answered 404") });
  });
});
