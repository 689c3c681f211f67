/** The workflows of `.github`: what they are started by, what they may, and what their scripts do. */
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { contextFiles } from "../container/buildContext.ts";
import { changeWords, type DeclaredUpload } from "./cloudflare/changeWords.ts";
import { botConfig } from "./config.ts";
import { builtImages, contexts } from "./imageBuild.ts";
import { monthlyCost } from "./monthlyCost.ts";
import { aSource } from "./testing/source.ts";

const root = path.dirname(import.meta.dirname);
const trigger = z.object({ paths: z.array(z.string()) });
const workflow = z.object({
  on: z.object({ pull_request: trigger.optional(), push: trigger.optional() }),
  permissions: z.object({}).strict(),
  concurrency: z.object({ group: z.string() }),
  jobs: z.record(
    z.string(),
    z.object({ permissions: z.record(z.string(), z.string()), "timeout-minutes": z.number() }),
  ),
});
const text = (name: string) => fs.readFileSync(path.join(root, ".github", "workflows", `${name}.yml`), "utf8");
const names = ["preview", "deploy", "images"] as const;

/** Files that the trigger of a workflow would miss. */
function missed(name: (typeof names)[number], files: readonly string[]): readonly string[] {
  const { on } = workflow.parse(parse(text(name)));
  const triggers = [on.pull_request, on.push].filter((one) => one !== undefined);
  expect(triggers.length).toBeGreaterThan(0);
  return files.filter((file) => !triggers.every(({ paths }) => paths.some((one) => covers(one, file))));
}

/** GitHub's patterns: `*` stays within a name, `**` crosses folders; both take names that begin with a dot. */
function covers(pattern: string, file: string): boolean {
  const body = pattern.replace(/\*\*|\*|[.+?^$(){}|]/g, (token) =>
    token === "**" ? ".*" : token === "*" ? "[^/]*" : `\\${token}`,
  );
  return new RegExp(`^${body}$`).test(file);
}

const anUpload = (declared: Readonly<Record<string, string>>): DeclaredUpload => ({
  bundle: "b",
  declared,
  secrets: {},
});

describe.each(names)("the workflow %s", (name) => {
  it("starts for every file of each build context", () => {
    const files = builtImages.flatMap((image) =>
      contextFiles(path.join(root, contexts[image].folder), contexts[image].dockerfile).map(
        (file) => `${contexts[image].folder}/${file.path}`,
      ),
    );
    expect(files.length).toBeGreaterThan(10);
    expect(missed(name, [...files, "container/exec/.dockerignore", "container/.dockerignore"])).toEqual([]);
  });

  it("pins each action by commit, with the version in a comment", () => {
    const uses = text(name)
      .split("\n")
      .filter((line) => line.includes("uses:"));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("may do nothing beyond what its job asks for, and ends by itself", () => {
    const { jobs, concurrency } = workflow.parse(parse(text(name)));
    const asked = Object.values(jobs).flatMap(({ permissions }) => Object.entries(permissions));
    const allowed =
      name === "preview"
        ? [
            ["contents", "read"],
            ["pull-requests", "write"],
          ]
        : [["contents", "read"]];
    expect(asked).toEqual(allowed);
    expect(concurrency.group).toContain(name === "images" ? "github.ref" : "vars.TALARIA_STACK");
  });
});

describe.each(["preview", "deploy"] as const)("the workflow %s", (name) => {
  it("starts for every file that the stack is made from", () => {
    const tracked = execFileSync("git", ["-C", root, "ls-files", "infra", "worker", "container", "cli", "local"], {
      encoding: "utf8",
    });
    const more = ["Pulumi.yaml", "Pulumi.prod.yaml", "package.json", "package-lock.json", "talaria"];
    expect(missed(name, [...tracked.trim().split("\n"), ...more])).toEqual([]);
  });
});

describe("the scripts of the workflows", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-workflows-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Runs one with a `pulumi` that notes its arguments, says this and ends with this exit code. */
  function run(script: string, args: readonly string[], says = "", code = 0) {
    const pulumi = path.join(folder, "pulumi");
    fs.writeFileSync(pulumi, `#!/bin/sh\necho "$@" >> ${folder}/asked\ncat ${folder}/says\nexit ${code}\n`, {
      mode: 0o755,
    });
    fs.writeFileSync(path.join(folder, "says"), says);
    const file = path.join(root, ".github", "scripts", script);
    const { status, stdout } = spawnSync(file, args, { encoding: "utf8", env: { ...process.env, PULUMI: pulumi } });
    const asked = path.join(folder, "asked");
    return { status, stdout, asked: fs.existsSync(asked) ? fs.readFileSync(asked, "utf8").trim().split("\n") : [] };
  }

  it("preview keeps what Pulumi said, and its exit code", () => {
    const plan = path.join(folder, "plan.txt");
    const { status, asked } = run("preview.sh", ["prod", plan], "Resources:\n    3 unchanged\n", 255);
    expect(status).toBe(255);
    expect(asked).toEqual([expect.stringMatching(/^preview --stack prod --diff/)]);
    expect(fs.readFileSync(plan, "utf8")).toContain("3 unchanged");
  });

  it("deploy looks for what is left to do, and not after an update that failed", () => {
    expect(run("deploy.sh", ["prod"]).asked.map((line) => line.split(" ")[0])).toEqual(["up", "preview"]);
    fs.rmSync(path.join(folder, "asked"));
    const failed = run("deploy.sh", ["prod"], "", 1);
    expect([failed.status, failed.asked.length]).toEqual([1, 1]);
  });

  it("the comment begins with the numbers, holds the plan and stays within GitHub's limit", () => {
    const plan = path.join(folder, "plan.txt");
    fs.writeFileSync(
      plan,
      `~ update\n\`\`\`\nResources:\n    ~ 2 to update\n    31 unchanged\n${"long line\n".repeat(20_000)}`,
    );
    const { status, stdout } = run("plan-comment.sh", ["prod", plan]);
    expect(status).toBe(0);
    expect(stdout.split("\n").slice(0, 6).join("\n")).toContain("~ 2 to update");
    expect(stdout).toContain("stack `prod`");
    expect(stdout).toContain("Cut here; the whole plan is in the log of the job.");
    expect(stdout.length).toBeLessThan(65_536);
  });

  it("the comment has what a month would cost above the plan, and the difference once there is one", () => {
    const plan = path.join(folder, "plan.txt");
    const estimate = monthlyCost(botConfig(aSource({ sleepAfter: "never" })));
    const above = (more: string) => {
      fs.writeFileSync(plan, `  pulumi:pulumi:Stack: (same)\n${estimate}\n${more}Resources:\n    23 unchanged\n`);
      return run("plan-comment.sh", ["prod", plan]).stdout.split("<details>")[0];
    };
    expect(above("")).toContain(`\n\n${estimate}\n`);
    expect(above("")).not.toContain("deployed");
    const { lines } = changeWords(anUpload({ cost: "$12.01" }), anUpload({ cost: "$36.25" }));
    expect(above(`\n  ${lines.join("\n\n  ")}\n`)).toContain(
      "\nAgainst what is deployed: a month's cost $12.01 → $36.25, $24.24 more: an estimate",
    );
  });

  it("the comment says so when there was no plan", () => {
    expect(run("plan-comment.sh", ["prod", path.join(folder, "none")]).stdout).toContain("It wrote nothing");
  });
});
