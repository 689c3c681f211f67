import { describe, expect, it } from "vitest";
import { concernsAccount, localCommand } from "./localCommand.ts";
import { isLocal, stackOf } from "./stackName.ts";

const words = (line: string) => line.split(" ").filter((word) => word !== "");

describe("the stack of a command line", () => {
  it.each([
    ["up --stack dev", "dev"],
    ["up --stack=dev", "dev"],
    ["-s dev preview", "dev"],
    ["stack init dev", "dev"],
    ["stack --color never rm prod --yes", "prod"],
    ["config set talaria:engine process", "local"],
    ["stack output url", "local"],
    ["config set key -- --stack", "local"],
    ["", "local"],
  ])("of `pulumi %s` is %s", (line, stack) => {
    expect(stackOf(words(line), {})).toBe(stack);
  });

  it("is PULUMI_STACK when the line names none", () => {
    expect(stackOf(["up"], { PULUMI_STACK: "dev" })).toBe("dev");
    expect(stackOf(["up", "-s", "prod"], { PULUMI_STACK: "dev" })).toBe("prod");
  });

  it("is local for `local` and `local-<name>` only", () => {
    expect(["local", "local-two", "local-2b"].every(isLocal)).toBe(true);
    expect(["dev", "locale", "local-", "me/talaria/local", "prod-local"].some(isLocal)).toBe(false);
  });
});

describe("a command on a local stack", () => {
  const file = "/state/Pulumi.local.yaml";
  const plan = (line: string) => localCommand(words(line), file);

  it.each(["up --yes", "preview", "destroy", "refresh", "config", "config set a b", "logs"])(
    "is given the generated config file: %s",
    (line) => {
      expect(plan(line).args).toEqual([...words(line), "--config-file", file]);
    },
  );

  it("is given it before what follows `--`", () => {
    expect(plan("config set key -- -1").args).toEqual(["config", "set", "key", "--config-file", file, "--", "-1"]);
  });

  it("keeps a config file that the user names", () => {
    expect(plan("up --config-file mine.yaml").args).toEqual(words("up --config-file mine.yaml"));
  });

  it.each(["stack output", "stack export", "state unprotect", "about"])(
    "runs as it is where none is taken: %s",
    (line) => {
      expect(plan(line)).toMatchObject({ args: words(line), folder: "project", needsStack: false });
    },
  );

  it.each(["stack init local-two", "stack rm local", "stack select local", "config cp --dest local-two"])(
    "runs beside the generated files when it would write one into the project: %s",
    (line) => {
      expect(plan(line)).toMatchObject({ args: words(line), folder: "stacks" });
    },
  );

  it("needs the loopback Cloudflare to deploy, but not to configure or to be explained", () => {
    expect(plan("up").needsCloudflare).toBe(true);
    expect(plan("config set a b").needsCloudflare).toBe(false);
    expect(plan("up --help").needsCloudflare).toBe(false);
  });

  it("removes the stack in a step of its own, so that `destroy --remove` spares the committed file", () => {
    expect(plan("destroy --yes --remove")).toMatchObject({
      thenRemove: true,
      args: ["destroy", "--yes", "--config-file", file],
    });
  });

  it("refuses what would part a stack from its files", () => {
    expect(() => plan("stack rename local-two")).toThrow(/make another one/);
    expect(() => plan("stack change-secrets-provider passphrase")).toThrow(/keeps its name and its secrets provider/);
  });

  it("leaves the user's account to the user", () => {
    expect(concernsAccount(["login"])).toBe(true);
    expect(concernsAccount(["up"])).toBe(false);
  });
});
