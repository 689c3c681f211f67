/** The socket that workerd takes for Docker's. Calls pass to the daemon under the engine's names. */
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { keyOf } from "../containerName.ts";
import type { EngineHooks } from "../engine.ts";
import type { DockerContainers } from "./containers.ts";
import { containerRequest, createSchema, isSidecar, sidecarRequest } from "./createRequest.ts";
import type { DockerClient } from "./dockerClient.ts";
import { type Forwarded, forward, forwardUpgrade } from "./forward.ts";
import type { Images } from "./images.ts";
import { engineLabels } from "./labels.ts";
import type { EngineNetwork } from "./network.ts";
import { sidecarReady } from "./sidecarReady.ts";

export interface ProxyOptions {
  readonly engineId: string;
  readonly docker: DockerClient;
  readonly hooks: EngineHooks;
  readonly network: EngineNetwork;
  readonly images: Images;
  readonly containers: DockerContainers;
  /** Image of the sidecars. */
  readonly sidecarImage: string;
}

type Answer = readonly [status: number, body?: unknown];

export class DockerProxy {
  readonly server: http.Server;
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.server = http.createServer({ requestTimeout: 0 }, (request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy();
        else send(response, [500, { message: error.message }]);
      });
    });
    this.server.on("connection", (socket) => socket.on("error", () => {})); // workerd ended
    this.server.on("upgrade", (request: http.IncomingMessage, socket: Duplex, head: Buffer) =>
      forwardUpgrade(net.connect({ path: options.docker.socketPath, allowHalfOpen: true }), { request, socket, head }),
    );
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL((request.url ?? "/").replace(/^\/v1\.\d+/, ""), "http://engine");
    const [kind = "", name = "", action = ""] = url.pathname.split("/").slice(1).map(decodeURIComponent);
    const call = `${request.method} ${kind}/${action}`;
    if (request.method === "POST" && url.pathname === "/containers/create") {
      send(response, await this.#create(url.searchParams.get("name") ?? "", await bodyOf(request)));
      return;
    }
    // Miniflare asks for the containers of an ended session to remove them; the runtime does that itself.
    if (url.pathname === "/containers/json") return send(response, [200, []]);
    if (kind === "volumes") return send(response, [200, { Volumes: [] }]);
    const { network } = this.#options;
    if (kind === "networks") return this.#pass(request, response, `/networks/${network.name}`);
    if (kind === "exec") return this.#pass(request, response, url.pathname + url.search);
    if (kind !== "containers") return send(response, [501, { message: `not implemented: ${request.method} ${url}` }]);
    const path = `/containers/${this.#nameOf(name)}${action && `/${action}`}${url.search}`;
    if (call === "POST containers/start") return this.#start(request, response, { key: keyOf(name), path });
    if (call === "DELETE containers/") return this.#remove(request, response, { key: keyOf(name), path });
    return this.#pass(request, response, path);
  }

  /** The name of a container in the daemon: the same in each session of workerd, another in each engine. */
  #nameOf(name: string): string {
    return `talaria-${this.#options.engineId}-${keyOf(name)}`;
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse, path: string): Promise<void> {
    const answer = await forward(this.#options.docker.socketPath, {
      ...(await whole(request)),
      path,
      whileOpen: response,
    });
    response.writeHead(answer.statusCode ?? 500, { "content-type": answer.headers["content-type"] ?? "text/plain" });
    response.flushHeaders(); // `wait` answers its head at once and its body at the end
    answer.on("error", () => response.destroy()).pipe(response);
  }

  async #create(name: string, body: Buffer): Promise<Answer> {
    const { engineId, network, images, containers, hooks, sidecarImage } = this.#options;
    const request = createSchema.parse(JSON.parse(body.toString()));
    const [key, labels] = [keyOf(name), engineLabels(engineId)];
    if (isSidecar(request)) {
      const made = await this.#make(name, sidecarRequest(request, { image: sidecarImage, network, labels }));
      if (made.id) containers.sidecars.set(key, made.id);
      return made.answer;
    }
    const application = hooks.application(request.Image);
    const refused = (text: string): Answer => {
      hooks.log({ worker: application?.worker, level: "error", text: `No such image: ${text}` });
      return [404, { message: "No such image" }];
    };
    if (!application) return refused(request.Image);
    const { className, image, memoryMib } = application;
    if (!image) return refused(`class ${className} has no container application. Run \`pulumi up\` to make it.`);
    try {
      await images.ensure(image);
    } catch (error) {
      return refused(`${error instanceof Error ? error.message : String(error)} (class ${className})`);
    }
    const sidecar = this.#nameOf(`${key}-proxy`);
    const made = await this.#make(name, containerRequest(request, { image, memoryMib, sidecar, labels }));
    if (made.id) containers.created({ id: made.id, key, application, image });
    return made.answer;
  }

  async #make(name: string, body: object): Promise<{ readonly answer: Answer; readonly id?: string }> {
    const text = Buffer.from(JSON.stringify(body));
    const path = `/containers/create?name=${encodeURIComponent(this.#nameOf(name))}`;
    const answer = await forward(this.#options.docker.socketPath, { request: { method: "POST" }, path, body: text });
    const made = JSON.parse((await bodyOf(answer)).toString()) as { Id?: string; message?: string };
    const status = answer.statusCode ?? 500;
    if (status !== 201 && status !== 409)
      this.#options.hooks.log({
        worker: undefined,
        level: "error",
        text: `Docker refused a container: ${made.message}`,
      });
    return { answer: [status, made], ...(status === 201 && made.Id ? { id: made.Id } : {}) };
  }

  async #start(request: http.IncomingMessage, response: http.ServerResponse, to: { key: string; path: string }) {
    const { containers, docker } = this.#options;
    const answer = await forward(docker.socketPath, { ...(await whole(request)), path: to.path });
    const text = (await bodyOf(answer)).toString();
    const status = answer.statusCode ?? 500;
    const container = containers.containers.get(to.key);
    const sidecar = containers.sidecars.get(to.key);
    if (status < 400) {
      containers.started(to.key);
      if (sidecar && status === 204) {
        containers.followSidecar(to.key, sidecar);
        await sidecarReady(docker, sidecar);
      }
    } else if (container) containers.log(container, "error", `cannot be started: ${text.trim()}`);
    response.writeHead(status, status < 400 ? {} : { "content-type": "application/json" }).end(text);
  }

  async #remove(request: http.IncomingMessage, response: http.ServerResponse, to: { key: string; path: string }) {
    const { containers, docker } = this.#options;
    const container = containers.containers.get(to.key);
    if (container) container.removing = true;
    const answer = await forward(docker.socketPath, { ...(await whole(request)), path: to.path });
    const text = (await bodyOf(answer)).toString();
    if (container) containers.forget(container);
    containers.sidecars.delete(to.key);
    response.writeHead(answer.statusCode ?? 500, { "content-type": "application/json" }).end(text);
  }
}

function send(response: http.ServerResponse, [status, body]: Answer): void {
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/**
 * A call with its body at hand, but for an archive, which stays a stream. The daemon answers as soon as it has read the JSON
 * and closes: the last chunk of a body that is still under way would break the connection before the answer is read.
 */
async function whole(request: http.IncomingMessage): Promise<Pick<Forwarded, "request" | "body">> {
  const { method = "GET" } = request;
  return method === "PUT" ? { request } : { request: { method }, body: await bodyOf(request) };
}

async function bodyOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
