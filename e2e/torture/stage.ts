/**
 * A system to torture: the real Worker in workerd on the process engine, the real state tool and restic, R2 of Miniflare, and
 * a stand-in for Hermes that writes without pause. Many faults hit one stage.
 */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { checkout } from "../../local/paths.ts";
import type { DeployedWorker, Runtime } from "../../local/runtime/contract.ts";
import { startRuntime } from "../../local/runtime/index.ts";
import { processEngine } from "../../local/runtime/process/index.ts";
import { bundleProgram } from "../../local/runtime/testing/fixture.ts";
import { type Container, containersWith } from "./container.ts";
import { copyOfTheContainer } from "./containerCopy.ts";
import { Door } from "./door.ts";
import { programs } from "./programs.ts";
import type { Tools } from "./tools.ts";
import { drawSecrets, images, prepareUpload, type Secrets } from "./upload.ts";

const name = "torture";
const cron = "* * * * *";

const problemSchema = z.object({ code: z.string(), message: z.string() });
const statusSchema = z.looseObject({
  state: z.string(),
  lastError: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  memory: z.looseObject({
    promoted: z.looseObject({ id: z.string(), at: z.string() }).nullable(),
    run: z.string().nullable(),
    lastRun: z.looseObject({ saved: z.boolean(), outcome: z.string(), problem: problemSchema.nullable() }).nullable(),
    alarms: z.array(problemSchema.loose()),
  }),
});
/** The part of `/api/status` that a torture looks at. */
export type Status = z.infer<typeof statusSchema>;

const r2Schema = z.object({ counts: z.record(z.string(), z.number()), held: z.array(z.string()), left: z.number() });
/** What R2 does; see `worker/shaky.js`. */
export interface R2Rule {
  readonly who?: "agent" | "repository";
  readonly op?: string;
  readonly key?: string;
  readonly skip?: number;
  readonly times?: number;
  readonly act: "fail" | "slow" | "hold";
  readonly ms?: number;
}

export interface StageOptions {
  readonly tools: Tools;
  /** Milliseconds between two commits of the stand-in to one database. @default 20 */
  readonly pauseMs?: number;
  /** Size of what stays the same in the home, in kilobytes. @default 1024 */
  readonly ballastKb?: number;
  /** Each container's disk is a tmpfs of so many megabytes; needs root on Linux. */
  readonly diskMb?: number;
  /** Main file of the Worker, and bindings beside its own. */
  readonly entry?: string;
  readonly bindings?: DeployedWorker["bindings"];
  readonly log?: (text: string) => void;
}

export class Stage {
  readonly door: Door;
  readonly folder: string;
  readonly secrets: Secrets;
  readonly tools: Tools;
  readonly runtime: Runtime;
  readonly url: string;
  readonly lines: string[];
  readonly #upload: (variables: Readonly<Record<string, string>>) => DeployedWorker;
  #version = 0;
  #clock = 0;

  private constructor(parts: {
    door: Door;
    folder: string;
    secrets: Secrets;
    tools: Tools;
    runtime: Runtime;
    url: string;
    lines: string[];
    upload: (variables: Readonly<Record<string, string>>) => DeployedWorker;
  }) {
    this.door = parts.door;
    this.folder = parts.folder;
    this.secrets = parts.secrets;
    this.tools = parts.tools;
    this.runtime = parts.runtime;
    this.url = parts.url;
    this.lines = parts.lines;
    this.#upload = parts.upload;
  }

  /** Starts one whose bot has never run. */
  static async start(options: StageOptions): Promise<Stage> {
    const { tools, pauseMs = 20, ballastKb = 1024, diskMb, log, entry, bindings } = options;
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-torture-"));
    const [journal, control] = [path.join(folder, "journal"), path.join(folder, "control")];
    for (const made of [journal, control]) await fs.mkdir(made);
    const door = new Door();
    const through = await door.open();
    const lines: string[] = [];
    const sandboxd = path.join(folder, "sandboxd.mjs");
    await fs.writeFile(sandboxd, await bundleProgram(path.join(checkout, "local", "sandboxd", "index.ts")));
    const copy = await copyOfTheContainer(path.join(folder, "copy"), tools.venv);
    const runtime = await startRuntime({
      stateDir: path.join(folder, "state"),
      engine: processEngine(programs(tools, { through, control, diskMb, sandboxd, copy })),
      log: ({ level, text }) => {
        lines.push(`${new Date().toISOString().slice(11, 23)} ${level} ${text.replaceAll(/\s+/g, " ").slice(0, 300)}`);
        log?.(text);
      },
    });
    const secrets = drawSecrets();
    const environment = {
      TORTURE_JOURNAL: journal,
      TORTURE_PAUSE_MS: String(pauseMs),
      TORTURE_BALLAST_KB: String(ballastKb),
    };
    try {
      const upload = await prepareUpload({
        ...{ name, bucket: "torture-snapshots", secrets, environment },
        ...(entry !== undefined && { entry }),
        ...(bindings && { bindings }),
      });
      for (const [className, image] of Object.entries({
        AgentBox: images.hermes,
        ExecBox: images.exec,
        CareBox: images.care,
      }))
        await runtime.setImage(name, className, image);
      await runtime.deploy(upload({ VERSION: "0" }));
      await runtime.setPublic(name, true);
      const url = await runtime.url(name);
      return new Stage({ door, folder, secrets, tools, runtime, url, lines, upload });
    } catch (error) {
      await runtime.close();
      door.close();
      throw error;
    }
  }

  get journal(): string {
    return path.join(this.folder, "journal");
  }

  get control(): string {
    return path.join(this.folder, "control");
  }

  async stop(): Promise<void> {
    this.door.free();
    await this.runtime.close();
    this.door.close();
    await fs.rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** How far the Worker's clock is off. */
  get clockMs(): number {
    return this.#clock;
  }

  /** A new version of the Worker: every object is reset. `clockMs` is how far its clock is off from now on. */
  async upload({ clockMs = this.#clock } = {}): Promise<void> {
    this.#clock = clockMs;
    await this.runtime.deploy(this.#upload({ VERSION: String(++this.#version), TORTURE_CLOCK: String(clockMs) }));
  }

  /** A tick of the platform's clock. */
  async tick(): Promise<void> {
    await this.runtime.fireCron(name, cron);
  }

  async api(route: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
    const headers = {
      authorization: `Bearer ${this.secrets.adminToken}`,
      "content-type": "application/json",
      connection: "close", // one that an upload cuts is not used again
    };
    const response = await fetch(this.url + route, { signal: AbortSignal.timeout(120_000), ...init, headers });
    return { status: response.status, text: await response.text() };
  }

  async post(route: string, body: unknown = {}): Promise<{ status: number; text: string }> {
    return this.api(route, { method: "POST", body: JSON.stringify(body) });
  }

  async status(): Promise<Status> {
    const { text } = await this.api("/api/status");
    return statusSchema.parse(JSON.parse(text));
  }

  /** Waits until a look says so. @throws Error with the last status */
  async until(what: string, seconds: number, look: (status: Status) => boolean, ticking = false): Promise<Status> {
    const deadline = Date.now() + seconds * 1000;
    for (let round = 0; ; round++) {
      if (ticking && round % 5 === 0) void this.tick().catch(() => {}); // a fault that strikes the tick is what this is for
      const status = await this.status().catch(() => undefined);
      if (status && look(status)) return status;
      if (Date.now() > deadline) throw new Error(`not ${what} after ${seconds} s: ${JSON.stringify(status)}`);
      await pause(200);
    }
  }

  /** Makes a snapshot and waits for its end. */
  async save(seconds = 120): Promise<Status> {
    const before = (await this.status()).memory.lastRun;
    const begun = await this.post("/api/snapshot");
    if (begun.status >= 300) throw new Error(`/api/snapshot: ${begun.status} ${begun.text}`);
    return this.until(
      "saved",
      seconds,
      ({ memory }) => memory.run === null && JSON.stringify(memory.lastRun) !== JSON.stringify(before),
    );
  }

  /** The agent's container; undefined when none lives. */
  container(): Container | undefined {
    return containersWith(`TORTURE_AGENT=${this.control}`).find(({ root }) => root !== "");
  }

  async r2(rules?: readonly R2Rule[]): Promise<z.infer<typeof r2Schema>> {
    const init = rules === undefined ? {} : { method: "POST", body: JSON.stringify({ rules }) };
    return r2Schema.parse(await (await fetch(`${this.url}/torture/r2`, init)).json());
  }

  /** Keys in the bucket. */
  async keys(prefix = ""): Promise<{ key: string; size: number; uploaded: string }[]> {
    const response = await fetch(`${this.url}/torture/bucket?prefix=${encodeURIComponent(prefix)}`);
    return z.array(z.object({ key: z.string(), size: z.number(), uploaded: z.string() })).parse(await response.json());
  }

  async object(key: string): Promise<Buffer | undefined> {
    const response = await fetch(`${this.url}/torture/bucket?key=${encodeURIComponent(key)}`);
    return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
  }

  /** Stores an object past everything; undefined removes it. */
  async put(key: string, content: Uint8Array | undefined): Promise<void> {
    const url = `${this.url}/torture/bucket?key=${encodeURIComponent(key)}`;
    const init = content === undefined ? { method: "DELETE" } : { method: "PUT", body: Buffer.from(content) };
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${key}: ${response.status}`);
  }
}
