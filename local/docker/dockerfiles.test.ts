import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { contextFiles } from "../../container/buildContext.ts";
import packageJson from "../../package.json" with { type: "json" };
import { checkout } from "../paths.ts";
import { hermesOfficial, restic } from "../toolchain/pins.ts";

const container = path.join(checkout, "container");
const read = (file: string) => fs.readFileSync(path.join(container, file), "utf8");
const sdk = packageJson.dependencies["@cloudflare/sandbox"];
const defaultOf = (dockerfile: string, name: string) => new RegExp(`^ARG ${name}=(.*)$`, "m").exec(dockerfile)?.[1];

describe.each(["hermes", "exec"])("container/%s/Dockerfile", (image) => {
  const dockerfile = read(`${image}/Dockerfile`);

  it("has the SDK's server of the SDK's version, and says so to the SDK", () => {
    expect(defaultOf(dockerfile, "SANDBOX_SERVER_IMAGE")).toBe(`docker.io/cloudflare/sandbox:${sdk}`);
    expect(dockerfile).toContain(`SANDBOX_VERSION=${sdk} `);
  });

  it("starts from a digest, and from nothing that an argument does not name", () => {
    expect(defaultOf(dockerfile, "BASE_IMAGE")).toMatch(/@sha256:[0-9a-f]{64}$/);
    const froms = [...dockerfile.matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)].map(([, from = "", name]) => ({
      from,
      name,
    }));
    const stages = new Set(froms.map(({ name }) => name));
    for (const { from } of froms) expect(from.startsWith("${") || stages.has(from), from).toBe(true);
  });

  it("copies only what its context has", () => {
    const folder = image === "hermes" ? container : path.join(container, image);
    const files = contextFiles(folder, image === "hermes" ? "hermes/Dockerfile" : "Dockerfile").map(
      (file) => file.path,
    );
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)].flatMap(([, from = ""]) =>
      from.split(" "),
    );
    expect(copies.length).toBeGreaterThan(0);
    for (const from of copies)
      expect(
        files.some((file) => `${file}/`.startsWith(`${from}/`)),
        from,
      ).toBe(true);
  });

  it("copies nothing of the building machine", () => {
    expect(dockerfile).not.toMatch(/COPY --from=build-machine/);
    expect(dockerfile).not.toMatch(/^(ARG|ENV).*(TOKEN|PASSWORD|SECRET|API_KEY)/m);
  });

  it("reads the building machine's settings as the other image does", () => {
    expect(read(`${image}/build/machine.py`)).toBe(read("hermes/build/machine.py"));
  });
});

it("the Hermes image holds the release that the toolchain knows, by the same sum", () => {
  const dockerfile = read("hermes/Dockerfile");
  expect(defaultOf(dockerfile, "HERMES_VERSION")).toBe(hermesOfficial.version);
  expect(defaultOf(dockerfile, "HERMES_SOURCE")).toBe(hermesOfficial.tarball);
  expect(defaultOf(dockerfile, "HERMES_SHA256")).toBe(hermesOfficial.sha256);
  expect(defaultOf(dockerfile, "EXTRAS")).toBe(hermesOfficial.extras.join(","));
});

it("the Hermes image holds the restic that the toolchain knows, by the same sum", () => {
  const dockerfile = read("hermes/Dockerfile");
  expect(defaultOf(dockerfile, "RESTIC_VERSION")).toBe(restic.version);
  expect(defaultOf(dockerfile, "RESTIC_SHA256")).toBe(restic.archiveSha256.linux_amd64);
});
