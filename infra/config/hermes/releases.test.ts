import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { versions } from "../../versions.ts";
import { hermesVersionOf, type ReleaseKeys, releaseArgs, releaseProblems, releases } from "./releases.ts";

const sha = "a".repeat(64);
const told = (keys: ReleaseKeys) =>
  releaseProblems(keys, (key, value) => `set ${key} ${value}`).map(({ key, reason }) => `${key} ${reason}`);

describe("the Hermes of a stack", () => {
  it("is the Dockerfile's own where none is declared, and the table has the same of it", () => {
    const dockerfile = fs.readFileSync(new URL("../../../container/hermes/Dockerfile", import.meta.url), "utf8");
    const argument = (name: string) => new RegExp(`^ARG ${name}=(.*)$`, "m").exec(dockerfile)?.[1];
    expect(argument("HERMES_VERSION")).toBe(versions.hermes);
    expect(releases[versions.hermes]).toEqual({ source: argument("HERMES_SOURCE"), sha256: argument("HERMES_SHA256") });
    expect([releaseArgs({}), releaseArgs({ hermesVersion: versions.hermes })]).toEqual([{}, {}]);
  });

  it("comes from PyPI by a hash of the stack's where Talaria knows none", () => {
    const keys = { hermesVersion: "0.22.0", hermesSha256: sha };
    expect(told(keys)).toEqual([]);
    expect(releaseArgs(keys)).toEqual({
      HERMES_VERSION: "0.22.0",
      HERMES_SOURCE: "pypi:hermes-agent==0.22.0",
      HERMES_SHA256: sha,
    });
    expect(hermesVersionOf(keys)).toBe("0.22.0");
    expect(hermesVersionOf({ buildArgs: { HERMES_VERSION: "0.20.0" } })).toBe("0.20.0");
  });

  it.each([
    [{ hermesVersion: "0.22.0" }, `hermesVersion "0.22.0" is none of the versions whose hash Talaria knows (0.21.5).`],
    [{ hermesSha256: sha }, "hermesSha256 is set without talaria:hermesVersion"],
    [{ hermesVersion: "0.21.5", hermesSha256: sha }, "hermesSha256 is not the hash of Hermes 0.21.5"],
    [
      { hermesVersion: "0.21.5", buildArgs: { HERMES_VERSION: "0.20.0" } },
      "buildArgs.HERMES_VERSION is also talaria:hermesVersion",
    ],
    [{ baseImage: "x", buildArgs: { BASE_IMAGE: "y" } }, "buildArgs.BASE_IMAGE is also talaria:baseImage"],
  ])("is refused for %o", (keys, says) => {
    expect(told(keys)).toEqual([expect.stringContaining(says)]);
  });
});
