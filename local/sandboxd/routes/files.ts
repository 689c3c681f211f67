/** Reading, writing and moving files. */
import fs from "node:fs/promises";
import path from "node:path";
import { ok } from "../answer.ts";
import { EventStream } from "../eventStream.ts";
import { Fault, messageOf } from "../fault.ts";
import { describeFile, type FileDescription } from "../fileDescription.ts";
import { pathFrom, resolveIn, sourceAndTarget } from "../filePath.ts";
import type { Handler } from "../handler.ts";
import { runTool } from "../tool.ts";

const largestRead = 32 * 1024 * 1024;
const chunkBytes = 65_535;

/** Writes a file, parents included. Any encoding but base64 means text. */
export const writeFile: Handler = async (call, sandbox) => {
  const body = await call.body();
  const given = pathFrom(body);
  const { encoding, content } = body;
  if (encoding === "base64" && !/^[A-Za-z0-9+/=]*$/.test(String(content))) throw badBase64(given);
  const file = await resolveIn(sandbox, call.sessionId(body), given);
  try {
    if (typeof content !== "string") throw new Error("content must be a string");
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content, encoding === "base64" ? "base64" : "utf8");
  } catch (error) {
    const reason = reasonOf(error, given);
    const context = { path: given, operation: "file.write", stderr: reason };
    throw new Fault("FILESYSTEM_ERROR", `Failed to write file '${given}': ${reason}`, context, {
      operation: "file.write",
    });
  }
  return ok({ path: given });
};

/** Reads a file whole: text as it is, the rest as base64, unless an encoding is asked for. */
export const readFile: Handler = async (call, sandbox) => {
  const body = await call.body();
  const given = pathFrom(body);
  const file = await resolveIn(sandbox, call.sessionId(body), given);
  const description = await describe(file, given);
  const { size, mimeType } = description;
  if (size > largestRead) {
    const message = `File too large. Size ${size} bytes exceeds the 32 MiB limit. Use readFile() with { encoding: 'none' } and the RPC transport for large files.`;
    const context = { path: given, operation: "file.read", actualSize: size, maxSize: largestRead };
    throw new Fault("FILE_TOO_LARGE", message, context, { operation: "file.read" });
  }
  const asked = body.encoding === "base64" || body.encoding === "utf-8" || body.encoding === "utf8";
  const isBinary = asked ? body.encoding === "base64" : description.isBinary;
  const bytes = size === 0 ? Buffer.alloc(0) : await fs.readFile(file); // procfs files claim to be empty
  const content = bytes.toString(isBinary ? "base64" : "utf8");
  return ok({ path: given, content, encoding: isBinary ? "base64" : "utf-8", isBinary, mimeType, size });
};

/** Reads a file as events. A missing file is an event too. */
export const streamFile: Handler = async (call, sandbox) => {
  const body = await call.body();
  const stream = new EventStream(call.response, sandbox.settings.streamIdleMs);
  try {
    const given = pathFrom(body);
    const file = await resolveIn(sandbox, call.sessionId(body), given);
    const { mimeType, size, isBinary } = await describe(file, given);
    const encoding = isBinary ? "base64" : "utf-8";
    stream.send({ type: "metadata", mimeType, size, isBinary, encoding });
    const bytes = size === 0 ? Buffer.alloc(0) : await fs.readFile(file);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      stream.send({ type: "chunk", data: bytes.subarray(at, at + chunkBytes).toString(isBinary ? "base64" : "utf8") });
    }
    stream.send({ type: "complete", bytesRead: bytes.length });
  } catch (error) {
    stream.send({ type: "error", error: messageOf(error) });
  }
  stream.end();
  return undefined;
};

/** Makes a folder, by `mkdir`. */
export const makeDirectory: Handler = async (call, sandbox) => {
  const body = await call.body();
  const given = pathFrom(body);
  const file = await resolveIn(sandbox, call.sessionId(body), given);
  const { exitCode, stderr } = await runTool("mkdir", [...(body.recursive === true ? ["-p"] : []), "--", file]);
  if (exitCode !== 0) {
    const context = { path: given, options: { recursive: body.recursive }, exitCode, stderr };
    throw new Fault("FILESYSTEM_ERROR", `mkdir operation failed with exit code ${exitCode}`, context);
  }
  return ok({ path: given, recursive: body.recursive === true });
};

/** Whether a path leads somewhere; a broken link does not. */
export const exists: Handler = async (call, sandbox) => {
  const body = await call.body();
  const given = pathFrom(body);
  return ok({
    path: given,
    exists: (await statOf(await resolveIn(sandbox, call.sessionId(body), given))) !== undefined,
  });
};

/** Renames like `mv`. */
export const renameFile: Handler = async (call, sandbox) => {
  const { from, to } = await sourceAndTarget(call, sandbox, "oldPath", "newPath");
  return move(from, to, "rename", (context) => ({ oldPath: context.from, newPath: context.to }));
};

/** Moves like `mv`: onto a folder means into it. */
export const moveFile: Handler = async (call, sandbox) => {
  const { from, to } = await sourceAndTarget(call, sandbox, "sourcePath", "destinationPath");
  return move(from, to, "move", (context) => ({ sourcePath: context.from, destinationPath: context.to }));
};

/** Deletes a file; folders are refused. */
export const removeFile: Handler = async (call, sandbox) => {
  const body = await call.body();
  const given = pathFrom(body);
  const context = { path: given, operation: "file.delete" };
  const file = await resolveIn(sandbox, call.sessionId(body), given);
  const stat = await statOf(file);
  if (!stat) throw new Fault("FILE_NOT_FOUND", `File not found: ${given}`, context, { operation: "file.delete" });
  if (stat.isDirectory()) {
    const message = `Cannot delete directory with deleteFile() at '${given}'. Use exec('rm -rf <path>') instead.`;
    throw new Fault("IS_DIRECTORY", message, context, { operation: "file.delete" });
  }
  await fs.unlink(file);
  return ok({ path: given });
};

interface Place {
  readonly given: string;
  readonly file: string;
}

async function move(
  from: Place,
  to: Place,
  verb: "rename" | "move",
  name: (c: { from: string; to: string }) => object,
) {
  if (!(await statOf(from.file))) {
    const operation = `file.${verb}`;
    const context = { path: from.given, operation };
    throw new Fault("FILE_NOT_FOUND", `Source file not found: ${from.given}`, context, { operation });
  }
  const { exitCode, stderr } = await runTool("mv", ["--", from.file, to.file]);
  if (exitCode !== 0) {
    const context = { ...name({ from: from.given, to: to.given }), exitCode, stderr };
    const title = verb === "rename" ? "Rename" : "Move";
    throw new Fault("FILESYSTEM_ERROR", `${title} operation failed with exit code ${exitCode}`, context);
  }
  return ok({ path: from.given, newPath: to.given });
}

async function describe(file: string, given: string): Promise<FileDescription> {
  const description = await describeFile(file);
  if (description) return description;
  const context = { path: given, operation: "file.read" };
  throw new Fault("FILE_NOT_FOUND", `File not found: ${given}`, context, { operation: "file.read" });
}

async function statOf(file: string) {
  return fs.stat(file).catch(() => undefined); // whatever the reason, it cannot be reached
}

function badBase64(given: string): Fault {
  const message = `Invalid base64 content for '${given}': must contain only A-Z, a-z, 0-9, +, /, =`;
  const error = { field: "content", message: "Invalid base64 characters", code: "INVALID_BASE64" };
  return new Fault("VALIDATION_FAILED", message, { validationErrors: [error] });
}

/** The real server's runtime names the path in every message, Node only in some. */
function reasonOf(error: unknown, given: string): string {
  const message = messageOf(error).replace(/ '.*'$/s, "");
  const syscall = error instanceof Error && "syscall" in error;
  return syscall ? `${message} '${given}'` : message;
}
