/** `talaria exec get` and `put`: a file of a session's workspace, byte for byte. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { type Client, reasonOf } from "../client.ts";
import type { Context } from "../context.ts";
import { type Entry, listSchema, type SessionOptions, sessionRoute } from "../execApi.ts";
import { CliError } from "../problems.ts";
import { size } from "../sizes.ts";
import { metered } from "../transfer.ts";

/** Options of `get` and `put`. */
export interface FileOptions extends SessionOptions {
  /** Goes over what is there. */
  readonly force?: boolean;
}

/** Stands for stdin and stdout. */
const stream = "-";

/** Fetches a file. It has its name once it is whole. @param into a file, a folder, or `-`; @default its own name, here */
export async function execGet(
  context: Context,
  from: string,
  into: string | undefined,
  options: FileOptions,
): Promise<void> {
  const { output, client } = context;
  const file = into === stream ? stream : await localPlace(from, into);
  if (file !== stream && !options.force && (await found(file))) throw new CliError("wouldOverwrite", { file });
  const bot = await client();
  const route = `${sessionRoute(options)}/file?${new URLSearchParams({ path: from })}`;
  const { body, headers } = await bot.send({ method: "GET", path: route, token: "admin" });
  const told = headers.get("content-length");
  const total = told === null ? undefined : Number(told);
  const meter = metered(output, `fetching ${from}`, total);
  const partial = `${file}.${randomBytes(4).toString("hex")}.part`;
  try {
    const sink = file === stream ? process.stdout : fs.createWriteStream(partial, { flags: "wx" });
    await pipeline([Readable.from(body ?? []), meter.through, sink], { end: file !== stream });
    if (total !== undefined && meter.passed() !== total)
      throw new CliError("cutOff", { detail: `${size(meter.passed())} of ${size(total)} came` });
    if (file !== stream) await rename(partial, file);
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (isOfDisk(error)) throw new CliError("fileRefused", { file, detail: reasonOf(error) });
    throw new CliError("cutOff", { detail: reasonOf(error) });
  } finally {
    meter.stop();
    if (file !== stream) await rm(partial, { force: true });
  }
  if (file !== stream) output.result({ file, bytes: meter.passed() }, () => `${file}: ${size(meter.passed())}`);
}

/** Stores a file; the folders on its way are made. @param into a place in the workspace, a folder ends in `/`; @default its own name */
export async function execPut(
  context: Context,
  from: string,
  into: string | undefined,
  options: FileOptions,
): Promise<void> {
  const { output, client } = context;
  if (from === stream && (into === undefined || into.endsWith("/"))) throw new CliError("nameForStdin");
  const total = from === stream ? undefined : await sizeOf(from);
  const bot = await client();
  const place = await remotePlace(bot, path.basename(from), into, options);
  const source: Readable = from === stream ? process.stdin : fs.createReadStream(from);
  const meter = metered(output, `sending ${from}`, total);
  const unread = new Promise<never>((_resolve, reject) => {
    source.once("error", (error) => reject(new CliError("fileUnreadable", { file: from, detail: reasonOf(error) })));
  });
  try {
    const call = {
      method: "PUT",
      path: `${sessionRoute(options)}/file?${new URLSearchParams({ path: place })}`,
      stream: source.pipe(meter.through),
      headers: {
        "content-type": "application/octet-stream",
        ...(total === undefined ? {} : { "content-length": String(total) }),
      },
    } as const;
    await Promise.race([bot.api(call, z.unknown()), unread]);
  } finally {
    meter.stop();
    source.destroy();
  }
  output.result({ path: place, bytes: meter.passed() }, () => `${place}: ${size(meter.passed())}`);
}

/** Where a fetched file goes. */
async function localPlace(from: string, into: string | undefined): Promise<string> {
  const name = path.posix.basename(from);
  if (name === "" || name === "." || name === "..") throw new CliError("namesNoFile", { path: from });
  if (into === undefined) return name;
  return into.endsWith("/") || (await found(into))?.isDirectory() ? path.join(into, name) : into;
}

/** Where a stored file goes. @throws CliError `workspaceHasIt` for one that is there, without `force` */
async function remotePlace(bot: Client, name: string, into: string | undefined, options: FileOptions): Promise<string> {
  const wanted = path.posix.normalize(into === undefined ? name : into.endsWith("/") ? `${into}${name}` : into);
  const there = await entryAt(bot, wanted, options);
  const place = there?.type === "directory" ? path.posix.join(wanted, name) : wanted;
  const taken = place === wanted ? there : await entryAt(bot, place, options);
  if (taken !== undefined && !options.force) throw new CliError("workspaceHasIt", { path: place });
  return place;
}

/** What lies at a path of the workspace. A folder that is not there holds nothing. */
async function entryAt(bot: Client, place: string, options: SessionOptions): Promise<Entry | undefined> {
  const query = new URLSearchParams({ path: path.posix.dirname(place) });
  try {
    const call = { method: "GET", path: `${sessionRoute(options)}/list?${query}` } as const;
    const { entries } = (await bot.api(call, listSchema)).value;
    return entries.find(({ name }) => name === path.posix.basename(place));
  } catch (error) {
    if (error instanceof CliError && error.code === "execFileAbsent") return undefined;
    throw error;
  }
}

async function sizeOf(file: string): Promise<number> {
  const state = await stat(file).catch((error: unknown) => {
    throw new CliError("fileUnreadable", { file, detail: reasonOf(error) });
  });
  if (state.isDirectory()) throw new CliError("folderGiven", { file });
  return state.size;
}

function found(file: string): Promise<fs.Stats | undefined> {
  return stat(file).catch(() => undefined); // a folder that is not there is found when the file is written
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && ["open", "write", "rename"].includes(String(error.syscall));
}
