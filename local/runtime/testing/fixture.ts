/** A runtime in a temporary folder with the fixture Worker, for the process tests of this room. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { freePort } from "../../freePort.ts";
import type { DeployedWorker, DeployOptions, Runtime } from "../contract.ts";
import type { EngineFactory, LogLine } from "../engine.ts";
import { startRuntime } from "../index.ts";
import { processEngine } from "../process/index.ts";
import type { ProgramOf } from "../program.ts";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** Image reference of the fixture program. */
export const image = "registry.example/fixture:1";

/** Knows the fixture's image under any tag. */
export const programOf: ProgramOf = (reference) =>
  reference.startsWith("registry.example/fixture")
    ? {
        command: [process.execPath, program],
        ports: [8080, 8642],
        env: () => ({ PATH: process.env.PATH ?? "", FROM_IMAGE: reference }),
      }
    : undefined;

export interface TestRuntime {
  readonly runtime: Runtime;
  readonly stateDir: string;
  readonly lines: LogLine[];
  /** Whether a line of the log contains the text. */
  logged(text: string): boolean;
  stop(): Promise<void>;
}

/**
 * Remembers a port for a Worker that is to answer there again after a pause: of the ports that are tried first, another
 * test's Worker takes it meanwhile.
 */
export async function keepPort(stateDir: string, worker: string): Promise<void> {
  await fs.promises.writeFile(path.join(stateDir, "ports.json"), JSON.stringify({ [worker]: await freePort() }));
}

/** Starts a runtime; `stop` removes its folder unless it was given. */
export async function startTestRuntime(
  options: { engine?: EngineFactory; stateDir?: string } = {},
): Promise<TestRuntime> {
  const stateDir = options.stateDir ?? fs.mkdtempSync(path.join(os.tmpdir(), "talaria-runtime-"));
  if (!options.stateDir) await keepPort(stateDir, "bot");
  const lines: LogLine[] = [];
  const runtime = await startRuntime({
    stateDir,
    engine: options.engine ?? processEngine(programOf),
    log: (line) => lines.push(line),
  });
  return {
    runtime,
    stateDir,
    lines,
    logged: (text) => lines.some((line) => line.text.includes(text)),
    stop: async () => {
      await runtime.close();
      if (!options.stateDir) fs.rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Bundles a fixture Worker as `infra` bundles the real one. */
export async function bundle(entry: string): Promise<Uint8Array> {
  return bundled(path.join(fixtures, entry), {
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*", "./greeting.txt"],
  });
}

/** Bundles a program of Node's, for an image. */
export function bundleProgram(file: string): Promise<Uint8Array> {
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  return bundled(file, { platform: "node", banner });
}

/** The fixture program, see {@link image}. */
export const program = path.join(fixtures, "program.mjs");

async function bundled(file: string, options: BuildOptions): Promise<Uint8Array> {
  const result = await build({
    ...options,
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    keepNames: true,
  });
  const [output] = result.outputFiles ?? [];
  if (!output) throw new Error(`esbuild made nothing of ${file}`);
  return output.contents;
}

/** An upload of the fixture Worker with the real Container class. */
export async function containerWorker(name: string, version = "one"): Promise<DeployedWorker> {
  return {
    name,
    mainModule: "index.js",
    modules: [
      { name: "index.js", contentType: "application/javascript+module", content: await bundle("containerWorker.mjs") },
      { name: "greeting.txt", contentType: "text/plain", content: new TextEncoder().encode("hello") },
    ],
    bindings: [
      { name: "VERSION", type: "plain_text", text: version },
      { name: "SECRET", type: "secret_text", text: "shh" },
      { name: "DATA", type: "json", json: { deep: [1] } },
      { name: "BUCKET", type: "r2_bucket", bucket_name: `${name}-bucket` },
      { name: "APP", type: "durable_object_namespace", class_name: "App" },
      { name: "MUTE", type: "durable_object_namespace", class_name: "Mute" },
      { name: "CLOSED", type: "durable_object_namespace", class_name: "Closed" },
      { name: "COUNTER", type: "durable_object_namespace", class_name: "Counter" },
    ],
    compatibilityDate: "2026-11-01",
    compatibilityFlags: ["nodejs_compat"],
    classes: {
      App: { container: true },
      Mute: { container: true },
      Closed: { container: true },
      Counter: { container: false },
    },
  };
}

/** A test runtime with the fixture Worker on it, its door open. */
export interface Bot extends TestRuntime {
  readonly worker: DeployedWorker;
  readonly url: string;
  get(route: string, init?: RequestInit): Promise<{ readonly status: number; readonly text: string }>;
  /** The answer's body as JSON. */
  json(route: string): Promise<ReturnType<typeof JSON.parse>>;
  /** Uploads the same Worker under another VERSION. */
  upload(version: string, options?: DeployOptions): Promise<void>;
}

/** Starts {@link Bot}, on the process engine unless another is given. */
export async function startBot(engine?: EngineFactory): Promise<Bot> {
  const test = await startTestRuntime(engine ? { engine } : {});
  const worker = await containerWorker("bot");
  for (const className of ["App", "Mute", "Closed"]) await test.runtime.setImage("bot", className, image);
  await test.runtime.deploy(worker);
  await test.runtime.setPublic("bot", true);
  const url = await test.runtime.url("bot");
  const get = async (route: string, init?: RequestInit) => {
    const response = await fetch(url + route, init);
    return { status: response.status, text: await response.text() };
  };
  const versioned = (version: string) =>
    worker.bindings.map((binding) => (binding.name === "VERSION" ? { ...binding, text: version } : binding));
  return {
    ...test,
    worker,
    url,
    get,
    async json(route) {
      const { status, text } = await get(route);
      if (status < 400) return JSON.parse(text);
      const log = test.lines.slice(-5).map((line) => line.text);
      throw new Error([`${route} answered ${status}: ${text}`, ...log].join("\n  "));
    },
    upload: (version, options) => test.runtime.deploy({ ...worker, bindings: versioned(version) }, options),
  };
}

/** Whether a process runs. One that has ended but was not reaped yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !fs.existsSync(stat) || !/\) Z /.test(fs.readFileSync(stat, "utf8"));
}

/** Processes that have a file of the folder open. Only Linux can tell. */
export function holders(folder: string): number[] {
  if (!fs.existsSync("/proc/self/fd")) return [];
  return fs.readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const files = fs.readdirSync(`/proc/${pid}/fd`);
      return files.some((file) => fs.readlinkSync(`/proc/${pid}/fd/${file}`).startsWith(folder)) ? [pid] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}

/** Waits until something holds, at most 20 s. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`did not happen: ${what}`);
}
