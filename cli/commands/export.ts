/** `talaria export`: the memory as a plain archive, for reading it or for taking it elsewhere. */

import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { access, rename, rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import { type Client, reasonOf } from "../client.ts";
import type { Context } from "../context.ts";
import { idTyped, short } from "../describing.ts";
import { followed } from "../follow.ts";
import { type Run, sentSchema } from "../memoryApi.ts";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";
import { size } from "../sizes.ts";
import { duration } from "../times.ts";

/** Options of `export`. */
export interface ExportOptions {
  /** Another snapshot than the memory. */
  readonly snapshot?: string;
}

/** Writes a new file that only its owner reads. It has its name once its content is known to be whole. */
export async function exportTo({ output, client }: Context, file: string, options: ExportOptions): Promise<void> {
  if (await exists(file)) throw new CliError("fileExists", { file });
  const bot = await client();
  const id = options.snapshot === undefined ? undefined : idTyped(options.snapshot);
  const call = { method: "POST", path: "/api/export", body: { id } } as const;
  const partial = `${file}.${randomBytes(4).toString("hex")}.part`;
  let fetched: { readonly sha256: string } | undefined;
  const fetchOnce = async ({ run, progress }: Run) => {
    if (progress?.step === "ready") fetched ??= await download(bot, run, partial, file, output);
  };
  try {
    const { run, result, ms } = await followed(bot, output, "exporting", call, sentSchema, fetchOnce);
    const { outcome, problem, sha256, bytes, tree } = result;
    if (outcome !== "sent") throw new CliError("notExported", { detail: problem?.message ?? outcome }, problem?.code);
    if (fetched === undefined || fetched.sha256 !== sha256) throw new CliError("archiveBroken");
    await rename(partial, file).catch((error: unknown) => refused(file, error));
    const packed = fs.statSync(file).size;
    output.result({ file, packedBytes: packed, ...run.result }, () => {
      const held = tree ? `${tree.files} files, ${size(tree.bytes)}` : size(bytes);
      return `${file} holds ${short(result.snapshot)}: ${held}, packed ${size(packed)} (${duration(ms)}). Only you can read it: it may hold secrets.`;
    });
  } finally {
    await rm(partial, { force: true });
  }
}

/** Streams the archive into a file; the sum is that of the tar, as the container told it. */
async function download(
  bot: Client,
  run: string,
  partial: string,
  file: string,
  output: Output,
): Promise<{ sha256: string }> {
  const { body } = await bot.send({ method: "GET", path: `/api/exports/${run}`, token: "admin" });
  const hash = createHash("sha256");
  let read = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      read += piece.length;
      done(null, piece);
    },
  });
  const out = fs.createWriteStream(partial, { mode: 0o600, flags: "wx" });
  const ticker = setInterval(() => output.waiting(`fetching … ${size(read)}`), 1000);
  const packing = file.endsWith(".tar") ? [] : [createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })];
  try {
    await pipeline([Readable.from(body ?? []), counted, ...packing, out]);
  } catch (error) {
    if (isOfDisk(error)) refused(file, error);
    throw new CliError("cutOff", { detail: reasonOf(error) });
  } finally {
    clearInterval(ticker);
  }
  return { sha256: hash.digest("hex") };
}

function refused(file: string, error: unknown): never {
  throw new CliError("fileRefused", { file, detail: reasonOf(error) });
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && (error.syscall === "open" || error.syscall === "write");
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false, // a folder that is not there is found when the file is written
  );
}
