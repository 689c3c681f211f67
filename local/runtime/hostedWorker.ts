/** One uploaded Worker in a workerd of its own, so that an upload of one never resets another. */
import { Miniflare, type MiniflareOptions } from "miniflare";
import { doorOf, type S3Keys } from "./bucketDoor.ts";
import { Clock } from "./clock.ts";
import type { BucketDoor, DeployedWorker, DeployOptions, EdgeGuard } from "./contract.ts";
import { parseCron } from "./cron.ts";
import type { Engine, Log } from "./engine.ts";
import { Listener } from "./listener.ts";
import { privateWorkerd } from "./privateWorkerd.ts";
import { RuntimeLog } from "./runtimeLog.ts";
import { bucketBindings, workerConfig } from "./workerOptions.ts";

/** A bucket as Miniflare gives it. */
export type R2Bucket = Awaited<ReturnType<Miniflare["getR2Bucket"]>>;

/**
 * The longest that an upload waits for requests under way. The platform waits longer, but answers the upload at once and
 * serves new requests meanwhile; here both wait for the swap.
 */
const longestDeferralMs = 30_000;

export interface HostedWorkerOptions {
  readonly name: string;
  /** Folder of Durable Object storage and buckets, shared by all Workers. */
  readonly storage: string;
  /** With which the buckets' S3 addresses are opened. */
  readonly keys: S3Keys;
  readonly engine: Engine;
  readonly log: Log;
  /** Who judges requests from outside. */
  readonly guard: () => EdgeGuard | undefined;
}

export class HostedWorker {
  readonly #options: HostedWorkerOptions;
  readonly #listener: Listener;
  readonly #clock: Clock;
  #miniflare: Miniflare | undefined;
  #current: DeployedWorker | undefined;
  /** Port of the workerd that runs, or the reason why none does. */
  #port: Promise<number> = Promise.reject(new Error("no version was uploaded yet"));
  #deploying: Promise<unknown> = Promise.resolve();
  /** What workerd says while it starts; it becomes the error when it does not. */
  #startupOutput: string[] = [];

  constructor(options: HostedWorkerOptions) {
    this.#options = options;
    this.#port.catch(() => {}); // asked by the first request
    this.#listener = new Listener(options.name, () => this.#port, options.guard);
    this.#clock = new Clock((cron, at) => void this.fire(cron, at).catch((error) => this.#cronFailed(cron, error)));
  }

  /** Makes a version live. When it does not start, the version before it is put back and workerd's message is thrown. */
  deploy(worker: DeployedWorker, { deferMs = 0 }: DeployOptions = {}): Promise<void> {
    const deployed = this.#deploying.then(() => this.#deploy(worker, Math.min(deferMs, longestDeferralMs)));
    this.#deploying = deployed.catch(() => {}); // thrown to the caller; the next upload is tried on its own
    return deployed;
  }

  /** Opens the public listener. */
  listen(port: number, portsFile: string): Promise<void> {
    return this.#listener.listen(port, portsFile);
  }

  /** Closes the public listener; cron and objects go on. */
  unlisten(): Promise<void> {
    return this.#listener.close();
  }

  setSchedules(crons: readonly string[]): void {
    this.#clock.set(crons.map(parseCron));
  }

  /** Runs the scheduled handler. Throws when the handler throws. */
  async fire(cron: string, at = new Date()): Promise<void> {
    await this.#port;
    if (!this.#miniflare) throw new Error(`Worker ${this.#options.name} is not deployed`);
    const worker = await this.#miniflare.getWorker(this.#options.name);
    const { outcome } = await worker.scheduled({ cron, scheduledTime: at });
    if (outcome !== "ok") throw new Error(`the scheduled handler of ${this.#options.name} ended with "${outcome}"`);
  }

  /** Whether the live version binds the bucket. */
  binds(bucket: string): boolean {
    return this.#current !== undefined && bucketBindings(this.#current).has(bucket);
  }

  /** A bucket that the live version binds. */
  async bucket(name: string): Promise<R2Bucket> {
    const [miniflare, binding] = await this.#bound(name);
    return miniflare.getR2Bucket(binding, this.#options.name);
  }

  /** S3 address of a bucket that the live version binds. */
  async bucketDoor(name: string): Promise<BucketDoor> {
    const [miniflare] = await this.#bound(name);
    return doorOf(miniflare, name, this.#options.keys);
  }

  /** @throws Error when the Worker is no longer live, or binds other buckets now */
  async #bound(bucket: string): Promise<[miniflare: Miniflare, binding: string]> {
    await this.#port;
    const binding = this.#current && bucketBindings(this.#current).get(bucket);
    if (!binding || !this.#miniflare) throw new Error(`Worker ${this.#options.name} no longer binds bucket ${bucket}`);
    return [this.#miniflare, binding];
  }

  async close(): Promise<void> {
    this.#clock.stop();
    await this.#listener.close();
    await this.#deploying;
    this.#port = Promise.reject(new Error(`Worker ${this.#options.name} was removed`));
    this.#port.catch(() => {}); // asked by a late cron only
    await this.#miniflare?.dispose();
    this.#miniflare = undefined;
  }

  async #deploy(worker: DeployedWorker, deferMs: number): Promise<void> {
    const before = this.#current;
    const loading = this.#listener.quiet(deferMs).then(() => this.#load(worker));
    // Requests that come meanwhile wait for this version, or get the one before if it fails.
    const live = loading.catch(async (error) => {
      if (!before) throw error;
      this.#log("warn", "the upload does not start; the version before goes live again");
      return this.#load(before);
    });
    live.catch(() => {}); // asked by each request
    this.#port = live;
    try {
      await loading;
    } finally {
      await live.catch(() => {}); // the error of the upload is the one to tell
    }
    this.#current = worker;
  }

  async #load(worker: DeployedWorker): Promise<number> {
    const options = this.#miniflareOptions(worker);
    this.#startupOutput = [];
    try {
      if (this.#miniflare) await this.#miniflare.setOptions(options);
      else {
        this.#miniflare = new Miniflare(options);
        await this.#miniflare.ready;
      }
      this.#options.engine.workerdStarted();
      const url = await this.#miniflare.unsafeGetDirectURL(worker.name);
      return Number(url.port);
    } catch (error) {
      if (!this.#current) await this.#forgetFailed();
      const own = error instanceof Error ? error.message : String(error);
      const said = this.#startupOutput.map((line) => line.replace(`service core:user:${worker.name}: `, ""));
      throw new Error(`Worker ${worker.name} does not start: ${said.join("\n") || own}`, { cause: error });
    }
  }

  /** A Miniflare that never started cannot take options. */
  async #forgetFailed(): Promise<void> {
    const failed = this.#miniflare;
    this.#miniflare = undefined;
    await failed?.dispose().catch(() => {}); // it rejects with the reason that is thrown anyway
  }

  #miniflareOptions(worker: DeployedWorker): MiniflareOptions {
    const { engine, storage, keys } = this.#options;
    return {
      ...privateWorkerd,
      log: new RuntimeLog((level, text) => this.#log(level, text)),
      handleStructuredLogs: ({ level, message }) => this.#output(level, message),
      resourcePersistencePath: storage,
      unsafeRuntimeEnv: { ...engine.workerdEnv },
      unsafeHandleRuntimeRestart: () => this.#restarted(worker.name),
      containerEngine: { localDocker: { socketPath: `unix://${engine.socketPath}` } },
      workers: [{ config: workerConfig(worker, keys), dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] } }],
    };
  }

  /** Miniflare has started workerd anew after a crash; its port has changed. */
  async #restarted(name: string): Promise<void> {
    this.#log("error", "workerd crashed and was started anew; open requests were cut");
    this.#options.engine.workerdStarted();
    const url = await this.#miniflare?.unsafeGetDirectURL(name);
    if (url) this.#port = Promise.resolve(Number(url.port));
  }

  #output(level: string, text: string): void {
    this.#startupOutput.push(text);
    if (this.#startupOutput.length > 20) this.#startupOutput.shift();
    this.#log(level === "error" || level === "warn" || level === "debug" ? level : "info", text);
  }

  #log(level: "debug" | "info" | "warn" | "error", text: string): void {
    this.#options.log({ worker: this.#options.name, level, text });
  }

  #cronFailed(cron: string, error: unknown): void {
    this.#log("error", `cron ${cron}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
