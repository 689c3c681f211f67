import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downloadPulumi, releasePlatform, sumOf } from "./pulumiDownload.ts";

const file = `pulumi-${releasePlatform(process.platform, process.arch)}.tar.gz`;
let folder: string;
let server: http.Server;
let pages: Record<string, Buffer | string>;
let base: string;

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-download-"));
  await fs.mkdir(path.join(folder, "pulumi"));
  await fs.writeFile(path.join(folder, "pulumi", "pulumi"), "#!/bin/sh\n", { mode: 0o755 });
  execFileSync("tar", ["-czf", path.join(folder, file), "-C", folder, "pulumi"]);
  const tarball = await fs.readFile(path.join(folder, file));
  const sum = createHash("sha256").update(tarball).digest("hex");
  pages = { "/sums": `${"0".repeat(64)}  another.tar.gz\n${sum}  ${file}\n`, [`/${file}`]: tarball };
  server = http.createServer((request, response) => {
    const page = pages[request.url ?? ""];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await fs.rm(folder, { recursive: true, force: true });
});

const bin = () => path.join(folder, "versions", "1", "bin");
const download = (tarballs = [`${base}/pulumi-{platform}.tar.gz`]) =>
  downloadPulumi(bin(), () => {}, { tarballs, checksums: `${base}/sums` });

describe("downloading Pulumi", () => {
  it("unpacks the tarball of this platform when its sum is right", async () => {
    expect(await download()).toEqual({ have: bin() });
    expect(await fs.readdir(bin())).toEqual(["pulumi"]);
  });

  it("stops at a tarball with another sum and leaves nothing behind", async () => {
    pages[`/${file}`] = "something else";
    await expect(download()).rejects.toThrow(/has SHA-256 .* expected .* Nothing was installed/);
    expect(await fs.readdir(path.dirname(path.dirname(bin())))).toEqual([]);
  });

  it("tries the second address when the first has nothing", async () => {
    expect(await download([`${base}/gone/pulumi-{platform}.tar.gz`, `${base}/pulumi-{platform}.tar.gz`])).toEqual({
      have: bin(),
    });
  });

  it("is out of reach where nobody answers", async () => {
    const nobody = { tarballs: [], checksums: "http://127.0.0.1:1/sums" };
    expect(await downloadPulumi(bin(), () => {}, nobody)).toEqual({ lacking: expect.stringContaining("out of reach") });
  });

  it("does not install what the release's sums do not name", async () => {
    pages["/sums"] = "";
    expect(await download()).toEqual({ lacking: expect.stringContaining("do not name") });
  });
});

describe("a release's files", () => {
  it("has no tarball for a platform that Pulumi does not build for", () => {
    expect(releasePlatform("sunos", "x64")).toBeUndefined();
    expect(releasePlatform("darwin", "arm64")).toBe("darwin-arm64");
  });

  it("finds a sum by the whole file name only", () => {
    const sum = "a".repeat(64);
    expect(sumOf("b.tar.gz", `${sum}  ab.tar.gz\n`)).toBeUndefined();
    expect(sumOf("b.tar.gz", `${sum}  b.tar.gz\n`)).toBe(sum);
  });
});
