/** Runs the real launcher as a child process. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type FakeBot, tokens } from "./fakeBot.ts";

const launcher = fileURLToPath(new URL("../../talaria", import.meta.url));

/** How a run ended. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of one run. */
export interface RunOptions {
  /** The bot; its address and tokens go into the environment. */
  readonly bot?: FakeBot;
  /** Added to the environment, which holds nothing of the caller's but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Another program than the checkout's launcher. */
  readonly program?: string;
}

/** Runs `talaria` with these arguments. */
export function talaria(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const bot = options.bot && {
    TALARIA_URL: options.bot.url,
    TALARIA_ADMIN_TOKEN: tokens.admin,
    TALARIA_CLIENT_TOKEN: tokens.client,
  };
  const env = { PATH: process.env.PATH ?? "", ...bot, ...options.env };
  const child = spawn(options.program ?? launcher, args, { env, cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // a program that ends without reading is no error of the test
  child.stdin.end(options.stdin ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
