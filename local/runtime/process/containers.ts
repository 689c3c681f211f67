/** What the calls of workerd do to processes. */
import { randomBytes } from "node:crypto";
import type { z } from "zod";
import { containerKey, keyOf, sidecarPort } from "../containerName.ts";
import type { ContainerFilter, EngineHooks } from "../engine.ts";
import type { ProgramOf } from "../program.ts";
import type { ApiTarget, CreateRequest, Inspection } from "./api.ts";
import { type ContainerHost, ProcessContainer } from "./container.ts";
import { envRecord } from "./envRecord.ts";
import { Exec, type execSchema } from "./exec.ts";
import { InsideDoor } from "./insideDoor.ts";
import { listensOnLocalhostOnly } from "./listeners.ts";
import { LoopbackAddresses } from "./loopback.ts";
import { Registry } from "./registry.ts";
import type { SharedWorkspace } from "./sharedWorkspace.ts";
import { Sidecar } from "./sidecar.ts";
import { marker } from "./strays.ts";
import type { Watch } from "./watch.ts";

export interface ContainersOptions {
  readonly engineId: string;
  readonly watch: Watch;
  readonly sharedWorkspace: SharedWorkspace | undefined;
  readonly hooks: EngineHooks;
  readonly programOf: ProgramOf;
}

export class Containers implements ApiTarget {
  readonly registry = new Registry();
  readonly #options: ContainersOptions;
  readonly #host: ContainerHost;
  readonly #addresses = new LoopbackAddresses();
  readonly #doors = new Map<ProcessContainer, InsideDoor>();
  readonly #execs = new Map<string, Exec>();
  /** Refusals that were explained already, so that a polling Worker does not fill the log. */
  readonly #explained = new Set<string>();

  constructor(options: ContainersOptions) {
    this.#options = options;
    this.#host = {
      engineId: options.engineId,
      watch: options.watch,
      sharedWorkspace: options.sharedWorkspace,
      ended: (container, lastOutput) => this.#ended(container, lastOutput),
      leftBehind: (container, error) =>
        this.#log(container, "error", `left ${container.folders.root} behind: ${error.message}`),
    };
  }

  get list(): readonly ProcessContainer[] {
    return [...this.registry.containers.values()];
  }

  inspect(name: string): Inspection | undefined {
    const container = this.registry.container(name);
    if (container) return { id: container.spec.id, status: container.status, image: container.spec.reference };
    const sidecar = this.registry.sidecar(name);
    if (!sidecar) return undefined;
    const { id, ingressPort } = sidecar;
    return { id, status: ingressPort ? "running" : "created", image: "sidecar", ingressPort };
  }

  create(name: string, request: CreateRequest): "created" | "conflict" | "no such image" {
    if (this.registry.container(name) || this.registry.sidecar(name)) return "conflict";
    const id = randomBytes(32).toString("hex");
    if (request.ExposedPorts?.[sidecarPort]) {
      this.registry.sidecars.set(keyOf(name), new Sidecar(id, this.#sidecarHost(name)));
      return "created";
    }
    const application = this.#options.hooks.application(request.Image);
    if (!application) return this.#missing(undefined, `No such image: ${request.Image}`);
    const { worker, className, image } = application;
    if (!image) {
      const text = `No such image: class ${className} has no container application. Run \`pulumi up\` to make it.`;
      return this.#missing(worker, text);
    }
    const program = this.#options.programOf(image);
    if (!program) {
      const text = `No such image: the process engine knows no program for ${image} (class ${className}). Its name must end with hermes, care or exec.`;
      return this.#missing(worker, text);
    }
    const container = new ProcessContainer(
      {
        id,
        name,
        application,
        reference: image,
        program,
        address: this.#addresses.take(),
        command: request.Cmd?.length ? request.Cmd : undefined,
        env: envRecord(request.Env),
      },
      this.#host,
    );
    this.registry.containers.set(keyOf(name), container);
    return "created";
  }

  async start(name: string): Promise<"started" | "running" | undefined> {
    const sidecar = this.registry.sidecar(name);
    if (sidecar) {
      await sidecar.start();
      return "started";
    }
    const container = this.registry.container(name);
    if (!container) return undefined;
    if (container.status === "running") return "running";
    const door = new InsideDoor(container.spec.address, () => this.registry.sidecarOf(container)?.egressPort);
    this.#doors.set(container, door);
    try {
      await container.start(await door.start());
    } catch (error) {
      this.#log(container, "error", `cannot be started: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
    this.#log(container, "info", `started on ${container.spec.address} from ${container.spec.reference}`);
    return "started";
  }

  wait(name: string): Promise<number> | undefined {
    const container = this.registry.container(name);
    return container?.exited().then(() => container.exitCode);
  }

  kill(name: string, signal: NodeJS.Signals): boolean | undefined {
    return this.registry.container(name)?.kill(signal);
  }

  async remove(name: string): Promise<boolean> {
    const sidecar = this.registry.sidecar(name);
    if (sidecar) {
      sidecar.close();
      this.registry.sidecars.delete(keyOf(name));
      return true;
    }
    const container = this.registry.container(name);
    if (container) await this.#remove(container);
    return container !== undefined;
  }

  exec(name: string, spec: z.infer<typeof execSchema>): Exec | undefined {
    const container = this.registry.container(name);
    if (!container) return undefined;
    const exec = new Exec(container, spec);
    this.#execs.set(exec.id, exec);
    return exec;
  }

  findExec(id: string): Exec | undefined {
    return this.#execs.get(id);
  }

  /**
   * Removes containers; all of them without a filter. Sidecars stay as long as their Worker does: a workerd that
   * lives keeps the port of a sidecar for the object's next container.
   */
  async removeAll(filter?: ContainerFilter): Promise<void> {
    await Promise.all((filter ? this.registry.matching(filter) : this.list).map((found) => this.#remove(found)));
    if (filter?.className !== undefined) return;
    for (const [key, sidecar] of this.registry.sidecarsOf(filter?.worker)) {
      sidecar.close();
      this.registry.sidecars.delete(key);
    }
  }

  async #remove(container: ProcessContainer): Promise<void> {
    await container.remove();
    this.#forget(container);
    this.#addresses.release(container.spec.address);
    const key = keyOf(container.spec.name);
    if (this.registry.containers.get(key) === container) this.registry.containers.delete(key);
  }

  #ended(container: ProcessContainer, lastOutput: string): void {
    this.#forget(container);
    const { exitCode, removing } = container;
    if (removing) this.#log(container, "info", "was removed");
    else if (exitCode === 0) this.#log(container, "info", "ended with code 0");
    else
      this.#log(container, "warn", `ended with code ${exitCode}${lastOutput && `; it printed last:\n${lastOutput}`}`);
  }

  #forget(container: ProcessContainer): void {
    this.#doors.get(container)?.close();
    this.#doors.delete(container);
    for (const exec of this.#execs.values()) if (exec.container === container) this.#execs.delete(exec.id);
  }

  #sidecarHost(name: string) {
    return {
      container: () => this.registry.containers.get(containerKey(name)),
      undeclared: (container: ProcessContainer, port: number) => {
        const ports = container.spec.program.ports.join(", ");
        this.#explain(container, port, `port ${port} is refused: its image declares only ${ports}`);
      },
      notListening: (container: ProcessContainer, port: number) => {
        const { address, id } = container.spec;
        if (this.#explained.has(`${id}:${port}`)) return;
        const only = listensOnLocalhostOnly(marker(this.#options.engineId, id), port);
        if (only === false) return; // nothing listens there yet: workerd tells the Worker, which may ask again
        const what = only ? "a program listens on 127.0.0.1 only" : "nothing listens on the container's address";
        const text = `port ${port}: ${what}. Cloudflare dials a container on its own address: bind ${address}:${port} (environment variable TALARIA_BIND)`;
        this.#explain(container, port, text);
      },
    };
  }

  #explain(container: ProcessContainer, port: number, text: string): void {
    const key = `${container.spec.id}:${port}`;
    if (this.#explained.has(key)) return;
    this.#explained.add(key);
    this.#log(container, "error", text);
  }

  #missing(worker: string | undefined, text: string): "no such image" {
    this.#options.hooks.log({ worker, level: "error", text });
    return "no such image";
  }

  #log(container: ProcessContainer, level: "info" | "warn" | "error", text: string): void {
    const { application, id } = container.spec;
    this.#options.hooks.log({
      worker: application.worker,
      level,
      text: `container ${application.className} ${id.slice(0, 12)} ${text}`,
    });
  }
}
