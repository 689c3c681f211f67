/** A runtime that runs nothing and notes what it was told, for tests of the API alone. */
import type { ContainerInstance, DeployedWorker, EdgeGuard, RolloutOptions, Runtime } from "../../runtime/contract.ts";

/** Notes what it is told. */
export class FakeRuntime implements Runtime {
  readonly workers = new Map<string, DeployedWorker>();
  readonly calls: string[] = [];
  readonly images = new Map<string, string>();
  /** MiB of a class's containers. */
  readonly memories = new Map<string, number>();
  readonly objects = new Map<string, number>();
  running: ContainerInstance[] = [];
  /** The judge that was put before the Workers. */
  judge: EdgeGuard | undefined;
  /** Message with which the next deploy fails. */
  startupError: string | undefined;
  /** Message with which the next rollout fails. */
  rolloutError: string | undefined;

  async deploy(worker: DeployedWorker): Promise<void> {
    if (this.startupError) throw new Error(this.startupError);
    this.workers.set(worker.name, worker);
    this.calls.push(`deploy ${worker.name}`);
  }
  async remove(worker: string): Promise<void> {
    this.workers.delete(worker);
    this.calls.push(`remove ${worker}`);
  }
  async url(worker: string): Promise<string> {
    return `http://127.0.0.1:4${String(worker.length).padStart(4, "0")}`;
  }
  async setPublic(worker: string, enabled: boolean): Promise<void> {
    this.calls.push(`public ${worker} ${enabled}`);
  }
  guard(guard: EdgeGuard): void {
    this.judge = guard;
  }
  async setSchedules(worker: string, crons: readonly string[]): Promise<void> {
    this.calls.push(`schedules ${worker} ${crons.join(" | ")}`);
  }
  async fireCron(worker: string, cron: string): Promise<void> {
    this.calls.push(`cron ${worker} ${cron}`);
  }
  async setImage(worker: string, className: string, image: string | undefined, memoryMib?: number): Promise<void> {
    if (memoryMib !== undefined) this.memories.set(`${worker}.${className}`, memoryMib);
    if (image === undefined) this.images.delete(`${worker}.${className}`);
    else this.images.set(`${worker}.${className}`, image);
  }
  async rollout(worker: string, className: string, { graceMs, minAgeMs }: RolloutOptions): Promise<void> {
    this.calls.push(`rollout ${worker}.${className} ${graceMs} ${minAgeMs}`);
    if (this.rolloutError) throw new Error(this.rolloutError);
  }
  async destroyInstances(worker: string, className: string): Promise<void> {
    this.calls.push(`destroy ${worker}.${className}`);
  }
  async instances(): Promise<readonly ContainerInstance[]> {
    return this.running;
  }
  async bucketSize(bucket: string): Promise<number> {
    return this.objects.get(bucket) ?? 0;
  }
  async removeBucket(bucket: string): Promise<void> {
    this.calls.push(`removeBucket ${bucket}`);
  }
  throughBucketDoor(): Promise<never> {
    return Promise.reject(new Error("the fake runtime holds no objects"));
  }
  async close(): Promise<void> {}
}
