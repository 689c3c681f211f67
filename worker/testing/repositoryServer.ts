/** The repository's door in workerd, and the real restic in front of it, for process tests. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { privateWorkerd } from "../../local/runtime/privateWorkerd.ts";
import { ensureRestic } from "../../local/toolchain/restic.ts";
import { compatibility } from "../bindings.ts";
import type { RepositoryAccess } from "../snapshots/access.ts";
import { type Credential, issueCredential } from "../snapshots/credential.ts";
import { type Role, rights } from "../snapshots/rights.ts";

/** Whose run it is. */
export interface Who {
  readonly role: Role;
  /** @default the role's name */
  readonly run?: string;
  /** @default box-1 */
  readonly box?: string;
}

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A restic that runs. */
export interface Running {
  readonly pid: number;
  readonly stdin: NodeJS.WritableStream;
  readonly end: Promise<Answer>;
  kill(): void;
}

export interface RepositoryServer {
  /** A folder of the test's own, gone after `stop`. */
  readonly folder: string;
  /** The program. */
  readonly program: string;
  /** What a run needs to reach the repository: its address, its credential, the password. */
  environment: (who: Who) => Promise<Record<string, string>>;
  bucket(): Promise<TestBucket>;
  /** What the Agent says of a run from now on. */
  says(run: string, access: RepositoryAccess): Promise<void>;
  /** Starts restic. @param env over its environment, e.g. another RESTIC_PASSWORD */
  start(who: Who, args: readonly string[], env?: Record<string, string>): Promise<Running>;
  /** Runs restic to its end. */
  restic(who: Who, args: readonly string[], env?: Record<string, string>): Promise<Answer>;
  /** A request that restic would not make, with a valid credential. */
  ask(who: Who, pathname: string, init?: { method?: string; body?: string }): Promise<Response>;
  /** Ends workerd and removes the folder. */
  stop(): Promise<void>;
}

/** The part of the bucket that tests look at, around the door. */
export type TestBucket = Pick<R2Bucket, "list" | "head" | "get" | "put" | "delete">;

const sessionKey = JSON.stringify({ current: "talaria-session-of-this-test" });

/** Starts both. */
export async function startRepositoryServer(): Promise<RepositoryServer> {
  const { program } = await ensureRestic({ progress: () => {} });
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-repository-"));
  const miniflare = new Miniflare(await options());
  const url = (await miniflare.ready).href;
  const of = ({ role, run = role, box = "box-1" }: Who) => ({
    base: `${url}as/${rights[role].box}/${box}/snapshots/`,
    terms: { role, run, boxId: box, until: Date.now() + 600_000 },
  });
  const credentialOf = (who: Who): Promise<Credential> => issueCredential({ SESSION_KEY: sessionKey }, of(who).terms);

  async function environment(who: Who): Promise<Record<string, string>> {
    const { username, password } = await credentialOf(who);
    return {
      TALARIA_REPOSITORY: `rest:${of(who).base}`,
      RESTIC_REST_USERNAME: username,
      RESTIC_REST_PASSWORD: password,
      RESTIC_PASSWORD: "the repository's password",
    };
  }

  async function start(who: Who, args: readonly string[], env: Record<string, string> = {}): Promise<Running> {
    const { username, password } = await credentialOf(who);
    const child = spawn(program, args, {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        RESTIC_REPOSITORY: `rest:${of(who).base}`,
        RESTIC_REST_USERNAME: username,
        RESTIC_REST_PASSWORD: password,
        RESTIC_PASSWORD: "the repository's password",
        RESTIC_CACHE_DIR: path.join(folder, "cache", who.role),
        ...env,
      },
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    const end = new Promise<Answer>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, ...output }));
    });
    return { pid: child.pid ?? 0, stdin: child.stdin, end, kill: () => child.kill("SIGKILL") };
  }

  return {
    folder,
    program,
    environment,
    start,
    bucket: async () => (await miniflare.getR2Bucket("SNAPSHOTS")) as unknown as TestBucket,
    async says(run, access) {
      await fetch(`${url}access/${run}`, { method: "POST", body: JSON.stringify(access) });
    },
    async restic(who, args, env) {
      const running = await start(who, args, env);
      running.stdin.end();
      return await running.end;
    },
    async ask(who, pathname, init = {}) {
      const { username, password } = await credentialOf(who);
      const headers = { authorization: `Basic ${btoa(`${username}:${password}`)}` };
      return await fetch(of(who).base + pathname, { ...init, headers });
    },
    async stop() {
      await miniflare.dispose();
      await fs.rm(folder, { recursive: true, force: true });
    },
  };
}

async function options(): Promise<ConstructorParameters<typeof Miniflare>[0]> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, "repositoryWorker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*", "./declaration.txt"],
  });
  const [code] = outputFiles;
  if (code === undefined) throw new Error("esbuild made nothing of the Worker");
  return {
    ...privateWorkerd,
    workers: [
      {
        config: {
          name: "repository",
          compatibilityDate: compatibility.date,
          compatibilityFlags: [...compatibility.flags],
          manifest: { mainModule: "main.mjs", modules: { "main.mjs": { type: "esm", contents: code.text } } },
          env: {
            SNAPSHOTS: { type: "r2", name: "snapshots" },
            SESSION_KEY: { type: "text", value: sessionKey },
          },
        },
      },
    ],
  };
}

/** Key → version of everything in the bucket: what changes when an object is replaced. */
export async function versions(bucket: TestBucket): Promise<Map<string, string>> {
  return new Map((await bucket.list()).objects.map(({ key, version }) => [key, version]));
}
