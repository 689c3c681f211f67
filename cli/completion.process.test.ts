import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { completionScript, shells } from "./completion.ts";
import { buildProgram } from "./program.ts";
import { talaria } from "./testing/launcher.ts";

/** What bash offers for the last word of a line. */
function offered(line: string): string[] {
  const words = line.split(" ");
  const script = completionScript(buildProgram(), "bash", ["talaria"]);
  const ask = 'eval "$SCRIPT"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _talaria; printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", ask, "bash", ...words], {
    env: { PATH: process.env.PATH, SCRIPT: script },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("completion in bash", () => {
  it.each([
    ["talaria sta", ["status", "start-fresh"]],
    ["talaria --stack prod exec sh", ["shell"]],
    ["talaria restart --", ["--gateway", "--force", "--stack", "--json", "--help"]],
    ["talaria logs --level ", ["info", "warn", "error"]],
    ["talaria completion f", ["fish"]],
    ["talaria hermes -- sta", []],
  ])("%s", (line, words) => expect(offered(line)).toEqual(words));

  it("offers every command", () => {
    const names = buildProgram().commands.map((command) => command.name());
    expect(offered("talaria ")).toEqual(names);
  });
});

describe("talaria completion", () => {
  it.each(shells)("gives a script for %s that its shell takes", async (shell) => {
    const { code, stdout } = await talaria(["completion", shell]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("talaria")]);
    const checked = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
    if (checked.error === undefined) expect([checked.status, checked.stderr]).toEqual([0, ""]);
  });

  it("knows three shells", async () => {
    const run = await talaria(["completion", "csh"]);
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("bash, zsh, fish")]);
  });
});
