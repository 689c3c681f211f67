/** The engine's own record of its containers: workerd asks the daemon, the runtime asks here. */
import { z } from "zod";
import { containerKey, isSidecarOf, objectId } from "../containerName.ts";
import type { ContainerInstance } from "../contract.ts";
import type { Application, ContainerFilter, Log } from "../engine.ts";
import { LogFrames, logText } from "./containerLogs.ts";
import type { DockerClient } from "./dockerClient.ts";

/** One container of an application. */
export interface DockerContainer {
  /** Docker's id. */
  readonly id: string;
  /** Name without the session, see containerName.ts. */
  readonly key: string;
  readonly application: Application;
  readonly image: string;
  status: "created" | "running" | "exited";
  startedAt: Date;
  /** Its removal was ordered by the Worker or the runtime. */
  removing: boolean;
  /** Resolves when it has ended; at once when it never ran. */
  ended: Promise<void>;
}

const waitSchema = z.object({ StatusCode: z.number() });

export class DockerContainers {
  readonly containers = new Map<string, DockerContainer>();
  /** Key → Docker's id. */
  readonly sidecars = new Map<string, string>();
  readonly #docker: DockerClient;
  readonly #log: Log;

  constructor(docker: DockerClient, log: Log) {
    this.#docker = docker;
    this.#log = log;
  }

  created(container: Pick<DockerContainer, "id" | "key" | "application" | "image">): void {
    this.containers.set(container.key, {
      ...container,
      status: "created",
      startedAt: new Date(0),
      removing: false,
      ended: Promise.resolve(),
    });
  }

  /** A start call was answered with success. Told again for one that runs, it changes nothing. */
  started(key: string): void {
    const container = this.containers.get(key);
    if (!container || container.status === "running") return;
    container.status = "running";
    container.startedAt = new Date();
    container.ended = this.#follow(container);
    this.log(container, "info", `started from ${container.image}`);
  }

  matching({ worker, className }: ContainerFilter): DockerContainer[] {
    return [...this.containers.values()].filter(
      ({ application }) =>
        application.worker === worker && (className === undefined || application.className === className),
    );
  }

  instances(filter: ContainerFilter): ContainerInstance[] {
    return this.matching(filter).map(({ key, image, status, startedAt }) => ({
      id: objectId(key),
      image,
      state: status === "running" ? "running" : "stopped",
      startedAt: startedAt.toISOString(),
    }));
  }

  /** SIGTERM, then SIGKILL after `graceMs`. */
  async stop(container: DockerContainer, graceMs: number): Promise<void> {
    await this.#kill(container, "SIGTERM");
    const timer = setTimeout(() => void this.#kill(container, "SIGKILL"), graceMs);
    await container.ended;
    clearTimeout(timer);
  }

  async remove(container: DockerContainer): Promise<void> {
    container.removing = true;
    await this.#delete(container.id);
    await container.ended;
    this.forget(container);
  }

  forget(container: DockerContainer): void {
    if (this.containers.get(container.key) === container) this.containers.delete(container.key);
  }

  /** Sidecars stay as long as their Worker does: they hold the network that the object's next container joins. */
  async removeSidecars(worker: string): Promise<void> {
    const own = [...this.sidecars].filter(([key]) => isSidecarOf(key, worker));
    for (const [key, id] of own) {
      await this.#delete(id);
      this.sidecars.delete(key);
    }
  }

  /** What a sidecar prints is about the container beside it. */
  followSidecar(key: string, id: string): void {
    const frames = new LogFrames();
    const onData = (chunk: Buffer) => {
      const container = this.containers.get(containerKey(key));
      for (const data of frames.push(chunk)) if (container) this.log(container, "error", data.toString().trim());
    };
    const path = `/containers/${id}/logs?stdout=1&stderr=1&follow=1`;
    this.#docker.call({ method: "GET", path, onData }).catch(() => {}); // the daemon has ended
  }

  log({ application, id }: DockerContainer, level: "info" | "warn" | "error", text: string): void {
    const line = `container ${application.className} ${id.slice(0, 12)} ${text}`;
    this.#log({ worker: application.worker, level, text: line });
  }

  /** Resolves when the container has ended, whoever ended it. */
  async #follow(container: DockerContainer): Promise<void> {
    const answer = await this.#docker.call({ method: "POST", path: `/containers/${container.id}/wait` }).catch(() => {
      return undefined; // the daemon has ended, and every container with it
    });
    container.status = "exited";
    if (container.removing || answer?.status === 404) {
      this.log(container, "info", "was removed");
      return;
    }
    if (answer?.status !== 200) {
      this.log(container, "error", "was lost: the Docker daemon does not answer");
      return;
    }
    const code = waitSchema.parse(JSON.parse(answer.body.toString())).StatusCode;
    const said = code === 0 ? "" : await this.#lastOutput(container.id);
    this.log(
      container,
      code === 0 ? "info" : "warn",
      `ended with code ${code}${said && `; it printed last:\n${said}`}`,
    );
  }

  async #lastOutput(id: string): Promise<string> {
    const path = `/containers/${id}/logs?stdout=1&stderr=1&tail=20`;
    const { status, body } = await this.#docker.call({ method: "GET", path });
    return status === 200 ? logText(body).trim().slice(-2048) : "";
  }

  async #kill(container: DockerContainer, signal: string): Promise<void> {
    const fine = [404, 409]; // it has ended meanwhile
    await this.#docker.json({ method: "POST", path: `/containers/${container.id}/kill?signal=${signal}` }, fine);
  }

  async #delete(id: string): Promise<void> {
    await this.#docker.json({ method: "DELETE", path: `/containers/${id}?force=1&v=1` }, [404, 409]);
  }
}
