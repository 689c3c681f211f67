/** A home on this machine as what is sent of it: whatever lies at a path, packed for the way. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import path from "node:path";
import { PassThrough, pipeline, type Readable } from "node:stream";
import { createGzip, createZstdDecompress } from "node:zlib";
import { reasonOf } from "./client.ts";
import { CliError } from "./problems.ts";

/** What is got or made again anywhere; `hermes backup` leaves it behind, too. */
const leftBehind = [
  "./hermes-agent",
  "./.hermes/hermes-agent",
  "node_modules",
  "venv",
  ".venv",
  "__pycache__",
  ".cache",
];

/** How files begin that the bot unpacks itself: gzip, bzip2, xz, zip. */
const packed = ["1f8b", "425a68", "fd377a585a00", "504b0304"];
const zstd = "28b52ffd";

/** A folder or a file that can be sent, once. */
export class Archive {
  /** As it was given. */
  readonly path: string;
  /** Bytes that were read so far. */
  bytes = 0;
  /** Why no more can be read here. */
  problem: CliError | undefined;
  private readonly hash = createHash("sha256");
  private readonly open: () => Readable;

  constructor(given: string, read: () => Readable) {
    this.path = given;
    this.open = read;
  }

  /** What is sent. */
  async *pieces(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of this.open()) {
        this.hash.update(piece);
        this.bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      this.problem = unreadable(this.path, error);
      throw this.problem;
    }
  }

  /** Of all of it, afterwards. */
  sha256(): string {
    return this.hash.digest("hex");
  }
}

/** Looks at what lies there and reads nothing of it yet. @throws CliError `homeUnreadable` */
export async function archiveAt(given: string): Promise<Archive> {
  const full = path.resolve(given);
  try {
    if ((await stat(full)).isDirectory()) return new Archive(given, () => joined(tarOf(full), createGzip()));
    const begins = await beginningOf(full);
    const read = () => createReadStream(full);
    if (packed.some((magic) => begins.startsWith(magic))) return new Archive(given, read);
    const unpack = begins.startsWith(zstd) ? [createZstdDecompress()] : [];
    return new Archive(given, () => joined(read(), ...unpack, createGzip()));
  } catch (error) {
    throw unreadable(given, error);
  }
}

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(6), 0, 6, 0);
    return buffer.subarray(0, bytesRead).toString("hex");
  } finally {
    await handle.close();
  }
}

/** A program that fails must not look like the end of what it wrote. */
function tarOf(folder: string): Readable {
  const without = leftBehind.map((name) => `--exclude=${name}`);
  // macOS' tar would add its own notes on each file.
  const env = { ...process.env, COPYFILE_DISABLE: "1" };
  const tar = spawn("tar", [...without, "-C", folder, "-cf", "-", "."], { env, stdio: ["ignore", "pipe", "pipe"] });
  const out = new PassThrough();
  let said = "";
  tar.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-500);
  });
  tar.stdout.pipe(out, { end: false });
  tar.once("error", (error) => out.destroy(error));
  tar.once("close", (code) => {
    if (code === 0) out.end();
    else out.destroy(new Error(`tar ended with ${code ?? "a signal"}: ${said.trim()}`));
  });
  out.once("close", () => tar.kill());
  return out;
}

/** The last of them, which breaks when any of them does. */
function joined(source: Readable, ...through: NodeJS.ReadWriteStream[]): Readable {
  const out = new PassThrough();
  pipeline([source, ...through, out], () => {}); // whoever reads the last one meets the error
  return out;
}

function unreadable(given: string, error: unknown): CliError {
  return error instanceof CliError ? error : new CliError("homeUnreadable", { path: given, detail: reasonOf(error) });
}
