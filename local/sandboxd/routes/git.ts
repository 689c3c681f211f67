/** Cloning a repository. */
import path from "node:path";
import { ok } from "../answer.ts";
import { Fault, internalError } from "../fault.ts";
import type { Handler } from "../handler.ts";
import { runTool } from "../tool.ts";

const defaultTimeoutMs = 120_000;

/** Clones, with git's own words when it fails. The target defaults to the repository's name in the workspace. */
export const checkout: Handler = async (call, { settings }) => {
  const { repoUrl, branch, depth, targetDir: asked, timeoutMs } = await call.body();
  if (typeof repoUrl !== "string") throw internalError("undefined is not an object (repoUrl)");
  const targetDir = path.resolve(
    settings.workspace,
    typeof asked === "string" && asked ? asked : repositoryName(repoUrl),
  );
  const args = ["clone"];
  if (typeof branch === "string") args.push("--branch", branch);
  if (typeof depth === "number") args.push("--depth", String(depth));
  const timeout = typeof timeoutMs === "number" ? timeoutMs : defaultTimeoutMs;
  const { exitCode, stderr } = await runTool("git", [...args, "--", repoUrl, targetDir], timeout);
  if (exitCode !== 0) {
    const context = { repository: repoUrl, targetDir, exitCode, stderr };
    throw new Fault("GIT_OPERATION_FAILED", `Failed to clone repository '${repoUrl}': ${stderr}`, context);
  }
  const { stdout } = await runTool("git", ["-C", targetDir, "branch", "--show-current"]);
  return ok({ repoUrl, branch: stdout.trim(), targetDir });
};

function repositoryName(url: string): string {
  return path.posix.basename(url).replace(/\.git$/, "") || "repository";
}
