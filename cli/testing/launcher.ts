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

/** A run that goes on while the test looks at it. */
export interface Running {
  /** What it has said so far on stderr. */
  said(): string;
  /** Resolves when it has said this there; rejects when it ends without. */
  sees(text: string): Promise<void>;
  types(text: string): void;
  readonly ended: Promise<Run>;
}

/** Runs `talaria` with these arguments, its input open. */
export function startTalaria(args: readonly string[], options: RunOptions = {}): Running {
  const { child, ended, said } = start(args, options);
  return {
    said,
    ended,
    types: (text) => void child.stdin.write(text),
    async sees(text) {
      const seen = new Promise<void>((resolve) => {
        const look = () => said().includes(text) && resolve();
        child.stderr.on("data", look);
        look();
      });
      const early = ended.then(({ stderr }) => Promise.reject(new Error(`It ended without "${text}": ${stderr}`)));
      await Promise.race([seen, early]);
    },
  };
}

/** Runs `talaria` with these arguments. */
export function talaria(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { child, ended } = start(args, options);
  child.stdin.end(options.stdin ?? "");
  return ended;
}

function start(args: readonly string[], options: RunOptions) {
  const bot = options.bot && {
    TALARIA_URL: options.bot.url,
    TALARIA_ADMIN_TOKEN: tokens.admin,
    TALARIA_CLIENT_TOKEN: tokens.client,
  };
  const env = { PATH: process.env.PATH ?? "", ...bot, ...options.env };
  const child = spawn(options.program ?? launcher, args, { env, cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // a program that ends without reading is no error of the test
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Run>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, said: () => stderr };
}
