import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { machineFiles } from "./buildMachine.ts";

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-machine-"));
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

describe("what the building machine brings along", () => {
  it("is its CA bundle, under the name that each package client reads", async () => {
    const file = path.join(folder, "bundle.pem");
    await fs.writeFile(file, "a certificate");
    const files = await machineFiles({ PATH: folder, PIP_CERT: file });
    expect(files.get("ca.crt")).toBe("a certificate");
    for (const name of ["SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "npm_config_cafile"])
      expect(files.get("environment")).toContain(`${name}=/run/build-machine/ca.crt\n`);
  });

  it("is the index that the environment names, and no path of this machine", async () => {
    const files = await machineFiles({
      PATH: folder,
      PIP_INDEX_URL: "https://index.example/simple",
      PIP_FIND_LINKS: folder,
    });
    expect(files.get("environment")).toBe("PIP_INDEX_URL=https://index.example/simple\n");
  });
});
