/** Listing a folder. */
import type { BigIntStats } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { ok } from "../answer.ts";
import { isRecord } from "../call.ts";
import { Fault } from "../fault.ts";
import { pathFrom, resolveIn } from "../filePath.ts";
import type { Handler } from "../handler.ts";

/** Lists a folder, unsorted; links are not followed. */
export const listFiles: Handler = async (call, sandbox) => {
  const body = await call.body();
  const given = pathFrom(body);
  const folder = await resolveIn(sandbox, call.sessionId(body), given);
  const context = { path: given, operation: "directory.list" };
  const stat = await fs.stat(folder).catch(() => undefined); // missing and unreachable are the same answer
  if (!stat)
    throw new Fault("FILE_NOT_FOUND", `Directory not found: ${given}`, context, { operation: "directory.list" });
  if (!stat.isDirectory()) {
    throw new Fault("NOT_DIRECTORY", `Path is not a directory: ${given}`, context, { operation: "directory.list" });
  }
  const options = isRecord(body.options) ? body.options : {};
  const names = await walk(folder, "", options.recursive === true, options.includeHidden === true);
  const files = await Promise.all(names.map(async (name) => toWire(given, name, await lstat(path.join(folder, name)))));
  return ok({ path: given, files, count: files.length });
};

async function walk(folder: string, below: string, recursive: boolean, hidden: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await fs.readdir(path.join(folder, below), { withFileTypes: true })) {
    if (!hidden && entry.name.startsWith(".")) continue;
    const name = path.join(below, entry.name);
    found.push(name);
    if (recursive && entry.isDirectory()) found.push(...(await walk(folder, name, recursive, hidden)));
  }
  return found;
}

function lstat(file: string): Promise<BigIntStats> {
  return fs.lstat(file, { bigint: true });
}

/** The real server splits a listing into lines: of a name with a newline only what follows it is left. */
function toWire(folder: string, name: string, stat: BigIntStats): object {
  const broken = name.includes("\n");
  const absolutePath = broken ? name.slice(name.lastIndexOf("\n") + 1) : `${folder}/${name}`;
  const mode = Number(stat.mode);
  return {
    name: path.basename(absolutePath),
    absolutePath,
    relativePath: broken ? absolutePath : name,
    type: stat.isSymbolicLink() ? "symlink" : stat.isDirectory() ? "directory" : "file",
    size: Number(stat.size),
    modifiedAt: localTime(stat),
    mode: modeText(mode),
    permissions: { readable: (mode & 0o400) !== 0, writable: (mode & 0o200) !== 0, executable: (mode & 0o100) !== 0 },
  };
}

function modeText(mode: number): string {
  return [...Array(9).keys()].map((bit) => (mode & (0o400 >> bit) ? "rwxrwxrwx"[bit] : "-")).join("");
}

/** Local time without a zone and with ten digits after the point. */
function localTime(stat: BigIntStats): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  const at = stat.mtime;
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return `${day}T${time}.${String(stat.mtimeNs % 1_000_000_000n).padStart(9, "0")}0`;
}
