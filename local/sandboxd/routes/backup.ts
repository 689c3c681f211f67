/** Backups: the checks of the real server, and squashfs where its tools are installed. */
import fs from "node:fs/promises";
import path from "node:path";
import type { Body } from "../call.ts";
import { Fault } from "../fault.ts";
import type { Handler } from "../handler.ts";
import { runTool } from "../tool.ts";

const backupDir = "/var/backups";
const otherRoots = ["/home", "/tmp", "/var/tmp", "/app"];
const formats = ["gzip", "lz4", "zstd"];

type Operation = "backup.create" | "backup.restore";

/** Packs a folder into an archive. */
export const createBackup: Handler = async (call, { settings }) => {
  const body = await call.body();
  const { dir, archivePath } = dirAndArchive(body, "backup.create", settings.workspace);
  const options = squashOptions(body);
  const fail = failure("BACKUP_CREATE_FAILED", "backup.create");
  if (!(await isThere(dir))) throw fail(`Source directory does not exist: ${dir}`, { dir });
  await fs.mkdir(backupDir, { recursive: true }).catch(() => {}); // mksquashfs names the folder that it cannot write to
  const { exitCode, stderr } = await runTool("mksquashfs", [dir, archivePath, "-no-progress", "-noappend", ...options]);
  if (exitCode !== 0) throw fail(`mksquashfs failed: ${stderr}`, { dir, archivePath, exitCode, stderr });
  return { success: true, sizeBytes: (await fs.stat(archivePath)).size, archivePath };
};

/** Unpacks an archive as plain files, where the real server mounts it. */
export const restoreBackup: Handler = async (call, { settings }) => {
  const { dir, archivePath } = dirAndArchive(await call.body(), "backup.restore", settings.workspace);
  const fail = failure("BACKUP_RESTORE_FAILED", "backup.restore");
  if (!(await isThere(archivePath))) throw fail(`Archive file does not exist: ${archivePath}`, { dir, archivePath });
  const { exitCode, stderr } = await runTool("unsquashfs", ["-no-progress", "-f", "-d", dir, archivePath]);
  if (exitCode !== 0) throw fail(`unsquashfs failed: ${stderr}`, { dir, archivePath, exitCode, stderr });
  return { success: true, dir };
};

/** Checks the parts, then refuses: the stand-in uploads nothing, and the real server crashed where it was tried. */
export const uploadParts: Handler = async (call) => {
  const body = await call.body();
  const parts: unknown = body.parts;
  if (!Array.isArray(parts) || parts.length === 0) throw invalid("parts must be a non-empty array");
  for (const part of parts) {
    if (!Number.isInteger(part?.partNumber) || part.partNumber < 1)
      throw invalid("partNumber must be a positive integer");
    if (!String(part.url).startsWith("https://")) throw invalid("part url must use https");
  }
  const fail = failure("BACKUP_CREATE_FAILED", "backup.create");
  throw fail("This stand-in does not upload parts. Use localBucket, or the image docker.io/cloudflare/sandbox.", {
    archivePath: body.archivePath,
  });
};

function dirAndArchive(body: Body, operation: Operation, workspace: string): { dir: string; archivePath: string } {
  const { dir, archivePath } = body;
  if (typeof dir !== "string" || dir === "") throw invalid("Missing or invalid field: dir", operation);
  if (typeof archivePath !== "string" || archivePath === "")
    throw invalid("Missing or invalid field: archivePath", operation);
  if (!dir.startsWith("/")) throw invalid("dir must be an absolute path", operation);
  if (dir.split("/").includes("..")) throw invalid("dir must not contain path traversal sequences", operation);
  if (path.posix.dirname(path.posix.normalize(archivePath)) !== backupDir) {
    throw invalid("Invalid archivePath: must use designated backup directory", operation);
  }
  const roots = [workspace, ...otherRoots];
  if (!roots.some((root) => dir === root || dir.startsWith(`${root}/`))) {
    const message = `Directory not in allowed paths (${roots.join(", ")}): ${dir}`;
    throw invalid(message, operation, { dir, archivePath });
  }
  return { dir, archivePath };
}

function squashOptions(body: Body): string[] {
  const { format = "lz4", threads } = Object(body.compression ?? {});
  const { excludes = [], gitignore = false } = body;
  if (!formats.includes(format)) throw invalid(`compression.format must be one of: ${formats.join(", ")}`);
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw invalid("compression.threads must be a positive integer");
  }
  if (!Array.isArray(excludes) || excludes.some((item) => typeof item !== "string")) {
    throw invalid("excludes must be an array of strings");
  }
  if (typeof gitignore !== "boolean") throw invalid("gitignore must be a boolean");
  const patterns = excludes.map((pattern: string) => pattern.replaceAll("**/", ""));
  return [
    ...["-comp", format],
    ...(threads === undefined ? [] : ["-processors", String(threads)]),
    ...(patterns.length === 0
      ? []
      : ["-wildcards", "-e", ...patterns.flatMap((pattern) => [pattern, `... ${pattern}`])]),
  ];
}

function failure(code: "BACKUP_CREATE_FAILED" | "BACKUP_RESTORE_FAILED", operation: Operation) {
  return (message: string, context: Record<string, unknown>) => new Fault(code, message, context, { operation });
}

function invalid(
  message: string,
  operation: Operation = "backup.create",
  context: Record<string, unknown> = {},
): Fault {
  return new Fault("INVALID_BACKUP_CONFIG", message, context, { operation });
}

async function isThere(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false, // the caller says what is missing
  );
}
