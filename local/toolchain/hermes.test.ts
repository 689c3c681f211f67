import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureHermes } from "./hermes.ts";
import type { HermesInstaller } from "./hermesInstall.ts";
import type { ProgressEvent } from "./progress.ts";

let folder: string;
let bin: string;
let events: ProgressEvent[];
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-hermes-"));
  bin = path.join(folder, "bin");
  await fs.mkdir(bin);
  events = [];
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

async function aPython(name: string, script: string): Promise<void> {
  await fs.writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Leaves a venv whose Python starts. */
const installs: HermesInstaller = async (into) => {
  const venv = path.join(into, "venv");
  await fs.mkdir(path.join(venv, "bin"), { recursive: true });
  await fs.writeFile(path.join(venv, "bin", "python"), "#!/bin/sh\n", { mode: 0o755 });
  return { have: venv };
};
const outOfReach: HermesInstaller = async (into) => {
  await fs.mkdir(path.join(into, "venv", "bin"), { recursive: true });
  return { lacking: "out of reach (ENOTFOUND)" };
};
const notToBeAsked: HermesInstaller = () => Promise.reject(new Error("not to be asked"));

function ensure(official: HermesInstaller, fork: HermesInstaller) {
  const progress = (event: ProgressEvent) => void events.push(event);
  return ensureHermes({ progress, folder: path.join(folder, "hermes"), env: { PATH: bin }, official, fork });
}

describe("ensuring Hermes", () => {
  it("says that there is no Python, with what each command is, and how to get one", async () => {
    await aPython("python3", "echo 3.9.2");
    await aPython("python3.12", "exit 1");
    const message = await ensure(notToBeAsked, notToBeAsked).catch((error: Error) => error.message);
    expect(message).toContain("needs Python 3.11, 3.12 or 3.13, and there is none on PATH");
    expect(message).toContain("python3.13: not on PATH");
    expect(message).toContain("python3 is 3.9.2");
    expect(message).toContain("python3.12 does not start");
    expect(message).toContain("apt-get install python3 python3-venv");
  });

  it("names the package that Debian has split off", async () => {
    await aPython("python3", "echo \"No module named 'ensurepip'\" >&2; exit 1");
    await expect(ensure(notToBeAsked, notToBeAsked)).rejects.toThrow(/no venv module \(package python3-venv\)/);
  });

  it("refuses a Python that is too new", async () => {
    await aPython("python3", "echo 3.14.0");
    await expect(ensure(notToBeAsked, notToBeAsked)).rejects.toThrow(/python3 is 3\.14\.0/);
  });

  it("prefers the official release", async () => {
    await aPython("python3.11", "echo 3.11.9");
    expect(await ensure(installs, notToBeAsked)).toMatchObject({ isFork: false, version: "0.21.5" });
  });

  it("takes the fork where GitHub is out of reach, and says that it is one", async () => {
    await aPython("python3.11", "echo 3.11.9");
    expect(await ensure(outOfReach, installs)).toMatchObject({ isFork: true, version: "0.22.2.post1" });
    expect(events.at(-1)?.detail).toMatch(/third party's fork.*production images never use it/);
  });

  it("keeps what it has installed", async () => {
    await aPython("python3.11", "echo 3.11.9");
    await ensure(outOfReach, installs);
    expect(await ensure(notToBeAsked, notToBeAsked)).toMatchObject({ isFork: true });
  });

  it("starts anew after an install that was cut off", async () => {
    await aPython("python3.11", "echo 3.11.9");
    const cutOff: HermesInstaller = async (into, ...rest) => {
      await installs(into, ...rest);
      throw new Error("cut off");
    };
    await expect(ensure(cutOff, notToBeAsked)).rejects.toThrow("cut off");
    expect(await ensure(outOfReach, installs)).toMatchObject({ isFork: true });
  });

  it("installs anew when the Python of the venv is gone", async () => {
    await aPython("python3.11", "echo 3.11.9");
    const { venv } = await ensure(installs, notToBeAsked);
    await fs.rm(path.join(venv, "bin", "python"));
    expect(await ensure(installs, notToBeAsked)).toMatchObject({ isFork: false });
  });
});
