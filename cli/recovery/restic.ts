/** restic on the operator's machine, over S3. Passwords go by the environment and by a file that only he can read. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { CliError } from "../problems.ts";
import type { RecoveryKeys, RecoveryPlace } from "./place.ts";

/** restic's own exit code for a password that opens nothing. */
const wrongPassword = 12;
/** How long restic waits for a lock of the bot's. */
const lockWait = "5m";

const keysSchema = z.array(
  z.looseObject({
    current: z.boolean(),
    id: z.string(),
    userName: z.string().default(""),
    hostName: z.string().default(""),
    created: z.string().default(""),
  }),
);
/** A key of the repository; `current` is the one that the password opens. */
export type RepositoryKey = z.infer<typeof keysSchema>[number];

/** A repository, as one password opens it. */
export class Repository {
  readonly #place: RecoveryPlace;
  readonly #keys: RecoveryKeys;
  readonly #password: string;

  constructor(place: RecoveryPlace, keys: RecoveryKeys, password: string) {
    this.#place = place;
    this.#keys = keys;
    this.#password = password;
  }

  /** The same repository by another password. */
  by(password: string): Repository {
    return new Repository(this.#place, this.#keys, password);
  }

  /** Full names of the keys, of which `keys()` tells the beginnings. */
  async keyNames(): Promise<readonly string[]> {
    return (await this.#restic(["list", "keys", "--no-lock"]))
      .split("\n")
      .filter((line) => /^[0-9a-f]{64}$/.test(line));
  }

  /** Every key. That there is an answer proves that the password opens. @throws CliError `passwordOpensNothing` */
  async keys(): Promise<readonly RepositoryKey[]> {
    return keysSchema.parse(JSON.parse(await this.#restic(["key", "list", "--json", "--no-lock"])));
  }

  /** Adds a key for another password. */
  async addKey(password: string, host: string): Promise<void> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-password-"));
    try {
      const file = path.join(folder, "new");
      await writeFile(file, password, { mode: 0o600 });
      await this.#restic(["key", "add", "--new-password-file", file, "--user", "talaria", "--host", host]);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Removes a key; restic refuses to remove the current one. */
  async removeKey(id: string): Promise<void> {
    await this.#restic(["key", "remove", id]);
  }

  async #restic(words: readonly string[]): Promise<string> {
    const { endpoint, bucket } = this.#place;
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: this.#keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.#keys.secretAccessKey,
      AWS_DEFAULT_REGION: "auto",
      RESTIC_PASSWORD: this.#password,
    };
    const args = ["-r", `s3:${endpoint}/${bucket}`, "--no-cache", "--retry-lock", lockWait, ...words];
    const child = spawn("restic", args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "ENOENT" ? new CliError("noRestic") : error),
      );
      child.once("close", resolve);
    });
    if (code === 0) return stdout();
    if (code === wrongPassword) throw new CliError("passwordOpensNothing", { bucket });
    const detail = stderr().trim().split("\n").slice(-3).join("\n") || `restic ended with ${code}`;
    throw new CliError("resticFailed", { command: words.slice(0, 2).join(" "), detail });
  }
}

function collected(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  return () => text;
}
