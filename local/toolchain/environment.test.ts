import { describe, expect, it } from "vitest";
import { localEnvironment, ownEnvironment } from "./environment.ts";

const pulumi = { home: "/home", bin: "/pulumi", version: "1.0.0" };
const plugins = { kind: "stand-ins", bin: "/stand-ins" } as const;
const environmentOf = (base: NodeJS.ProcessEnv) =>
  localEnvironment({ stack: "local", stateDir: "/state", pulumi, plugins, base });

describe("the environment of a local stack", () => {
  it("has nothing of the user's own backend, secrets and accounts", () => {
    const env = environmentOf({
      PULUMI_ACCESS_TOKEN: "x",
      PULUMI_CONFIG_PASSPHRASE: "x",
      CLOUDFLARE_API_TOKEN: "x",
      HOME: "/h",
    });
    expect(env).toMatchObject({ HOME: "/h", PULUMI_STACK: "local", PULUMI_BACKEND_URL: "file:///state/pulumi" });
    for (const name of ["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "CLOUDFLARE_API_TOKEN"])
      expect(env).not.toHaveProperty(name);
  });

  it("puts Node 24 first, then stand-ins, then Pulumi", () => {
    expect(environmentOf({ PATH: "/usr/bin" }).PATH).toMatch(/node_modules\/\.bin:\/stand-ins:\/pulumi:\/usr\/bin$/);
  });
});

describe("the environment of any other stack", () => {
  it("is the user's own, with Node 24 in front and a CLI behind everything", () => {
    const env = ownEnvironment({ PATH: "/usr/bin", PULUMI_ACCESS_TOKEN: "x" }, pulumi);
    expect(env.PATH).toMatch(/node_modules\/\.bin:\/usr\/bin:\/pulumi$/);
    expect(env.PULUMI_ACCESS_TOKEN).toBe("x");
    expect(env.PULUMI_HOME).toBeUndefined();
  });
});
