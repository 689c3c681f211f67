/** What the loopback API (`local/cloudflare`) tells the runtime (`local/runtime`) and asks it. */
import type { IncomingHttpHeaders } from "node:http";

/** One module of an uploaded Worker, as it came in the multipart form. */
export interface WorkerModule {
  readonly name: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** A binding as in the upload's metadata, secrets included. */
export type WorkerBinding = { readonly name: string; readonly type: string } & Readonly<Record<string, unknown>>;

/** An uploaded Worker, ready to run. */
export interface DeployedWorker {
  readonly name: string;
  readonly mainModule: string;
  readonly modules: readonly WorkerModule[];
  readonly bindings: readonly WorkerBinding[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Durable Object classes: name → whether instances own a container. */
  readonly classes: Readonly<Record<string, { readonly container: boolean }>>;
}

/** One running (or ended, not yet removed) container instance of a Durable Object class. */
export interface ContainerInstance {
  /** The Durable Object's id, 64 hex digits. */
  readonly id: string;
  readonly image: string;
  readonly state: "running" | "stopped";
  readonly startedAt: string;
}

/** Where a bucket's objects are reached by S3's API on this machine, with keys that nobody outside the process knows. */
export interface BucketDoor {
  /** Address of the bucket itself; a key follows after a slash. */
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How an upload goes live. */
export interface DeployOptions {
  /** How long requests under way may take to end before the new code resets what they use, milliseconds. @default 0 */
  readonly deferMs?: number;
}

/** How a rollout ends containers. */
export interface RolloutOptions {
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Nothing is ended while a container is younger than this, milliseconds. @default 0 */
  readonly minAgeMs?: number;
}

/** A request from outside on its way to a Worker. */
export interface EdgeRequest {
  readonly worker: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** What becomes of it: it is passed on with these headers set, or answered in the Worker's place. */
export type EdgeVerdict =
  | { readonly headers: Readonly<Record<string, string>> }
  | {
      readonly answer: {
        readonly status: number;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: string;
      };
    };

/** Judges each request that comes to a Worker's public door. */
export type EdgeGuard = (request: EdgeRequest) => Promise<EdgeVerdict>;

/** Runs uploaded Workers in workerd and their containers on an engine. One per loopback Cloudflare. */
export interface Runtime {
  /** Starts or replaces a Worker. Resolves when the new version answers; Durable Object storage is kept. Throws with workerd's message if it does not start. */
  deploy(worker: DeployedWorker, options?: DeployOptions): Promise<void>;
  /** Ends a Worker and its containers and forgets its Durable Object storage. */
  remove(worker: string): Promise<void>;
  /** Where the Worker answers, known from its first deploy on and stable over restarts: `http://127.0.0.1:PORT`. */
  url(worker: string): Promise<string>;
  /** Opens or closes the public listener (workers.dev on or off). */
  setPublic(worker: string, enabled: boolean): Promise<void>;
  /** Puts a judge before the public doors of all Workers. @default all requests pass */
  guard(guard: EdgeGuard): void;
  /** Replaces the cron expressions of a Worker; a clock fires them. */
  setSchedules(worker: string, crons: readonly string[]): Promise<void>;
  /** Fires the scheduled handler now, as the clock would. */
  fireCron(worker: string, cron: string): Promise<void>;
  /**
   * The image that new containers of this class start with, undefined when the application is gone, and their memory in
   * MiB, where the engine bounds it.
   */
  setImage(worker: string, className: string, image: string | undefined, memoryMib?: number): Promise<void>;
  /** Ends each container of the class that runs another image than the current one. */
  rollout(worker: string, className: string, options: RolloutOptions): Promise<void>;
  /** Removes all containers of a class (its application was deleted). */
  destroyInstances(worker: string, className: string): Promise<void>;
  instances(worker: string, className: string): Promise<readonly ContainerInstance[]>;
  /** Number of objects in a bucket, 0 when it was never written. */
  bucketSize(bucket: string): Promise<number>;
  /** Forgets a bucket's objects (delete of an empty bucket, or teardown). */
  removeBucket(bucket: string): Promise<void>;
  /** Opens the bucket's S3 address as long as `use` lasts, whether a Worker binds the bucket or not. */
  throughBucketDoor<T>(bucket: string, use: (door: BucketDoor) => Promise<T>): Promise<T>;
  /** Ends every Worker and container; storage stays on disk. */
  close(): Promise<void>;
}
