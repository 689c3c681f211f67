/**
 * The part of Docker's Engine API that workerd speaks, on a unix socket. Bodies of answers may be tiny; status codes
 * may not differ from Docker's.
 */
import http from "node:http";
import os from "node:os";
import type { Duplex } from "node:stream";
import { z } from "zod";
import { type Exec, execSchema } from "./exec.ts";

/** Body of `POST /containers/create`, as far as a process can honour it. */
export const createSchema = z.object({
  Image: z.string(),
  Cmd: z.array(z.string()).nullish(),
  Env: z.array(z.string()).nullish(),
  /** The port that workerd publishes for a sidecar, and for nothing else. */
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
});
export type CreateRequest = z.infer<typeof createSchema>;

/** State of a container or a sidecar as `GET /containers/N/json` tells it. */
export interface Inspection {
  readonly id: string;
  readonly status: "created" | "running" | "exited";
  readonly image: string;
  /** Set for a sidecar. */
  readonly ingressPort?: number;
}

/** What stands behind the calls. Each `name` may also be a Docker id. */
export interface ApiTarget {
  inspect(name: string): Inspection | undefined;
  create(name: string, request: CreateRequest): "created" | "conflict" | "no such image";
  start(name: string): Promise<"started" | "running" | undefined>;
  /** Resolves with the exit code when the container has ended, or has been removed. */
  wait(name: string): Promise<number> | undefined;
  kill(name: string, signal: NodeJS.Signals): boolean | undefined;
  remove(name: string): Promise<boolean>;
  exec(name: string, spec: z.infer<typeof execSchema>): Exec | undefined;
  findExec(id: string): Exec | undefined;
}

/** Makes the server; the caller listens and closes. */
export function dockerApi(target: ApiTarget): http.Server {
  const server = http.createServer({ requestTimeout: 0 }, async (request, response) => {
    const send = (status: number, body?: unknown) => {
      if (body === undefined) response.writeHead(status).end();
      else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [status, body] = await answer(target, request, Buffer.concat(chunks));
      send(status, body);
    } catch (error) {
      send(500, { message: error instanceof Error ? error.message : String(error) });
    }
  });
  server.on("connection", (socket) => socket.on("error", () => {}));
  server.on("upgrade", (request, socket, head) => attach(target, request, socket, head));
  return server;
}

type Answer = readonly [status: number, body?: unknown];

const noSuchContainer: Answer = [404, { message: "No such container" }];

async function answer(target: ApiTarget, request: http.IncomingMessage, body: Buffer): Promise<Answer> {
  const url = new URL((request.url ?? "/").replace(/^\/v1\.\d+/, ""), "http://engine");
  const [kind = "", name = "", action = ""] = url.pathname.split("/").slice(1).map(decodeURIComponent);
  const call = `${request.method} ${kind}/${action}`;
  if (kind === "_ping") return [200, "OK"];
  if (kind === "info") return [200, { SecurityOptions: [] }];
  if (kind === "networks") return [200, { IPAM: { Config: [{ Subnet: "127.0.0.0/8", Gateway: "127.0.0.1" }] } }];
  if (kind === "volumes") return [200, { Volumes: [] }];
  // Miniflare asks for the containers of an ended session to remove them; the runtime does that itself.
  if (request.method === "GET" && url.pathname === "/containers/json") return [200, []];
  if (request.method === "POST" && url.pathname === "/containers/create") {
    const made = target.create(url.searchParams.get("name") ?? "", createSchema.parse(JSON.parse(body.toString())));
    if (made === "conflict") return [409, { message: "Conflict" }];
    return made === "created" ? [201, {}] : [404, { message: "No such image" }];
  }
  if (kind === "exec") return execAnswer(target.findExec(name), action);
  switch (call) {
    case "GET containers/json": {
      const found = target.inspect(name);
      return found ? [200, inspection(found)] : noSuchContainer;
    }
    case "POST containers/start": {
      const started = await target.start(name);
      if (started === undefined) return noSuchContainer;
      return [started === "started" ? 204 : 304];
    }
    case "POST containers/wait": {
      const code = await target.wait(name);
      return code === undefined ? noSuchContainer : [200, { StatusCode: code }];
    }
    case "POST containers/kill": {
      const killed = target.kill(name, signalName(url.searchParams.get("signal")));
      if (killed === undefined) return noSuchContainer;
      return killed ? [204] : [409, { message: "not running" }];
    }
    case "POST containers/exec": {
      if (target.inspect(name)?.status !== "running") return [409, { message: "not running" }];
      const exec = target.exec(name, execSchema.parse(JSON.parse(body.toString())));
      return exec ? [201, { Id: exec.id }] : noSuchContainer;
    }
    case "PUT containers/archive": // the CA certificate of HTTPS interception, which a process engine does not do
      return [200];
    case "DELETE containers/":
      return (await target.remove(name)) ? [204] : noSuchContainer;
  }
  return [501, { message: `not implemented: ${request.method} ${request.url}` }];
}

function execAnswer(exec: Exec | undefined, action: string): Answer {
  if (!exec) return [404, { message: "No such exec" }];
  if (action === "json")
    return [200, { Running: exec.running, ExitCode: exec.running ? null : exec.exitCode, Pid: exec.pid }];
  if (action === "start") exec.startDetached();
  return [action === "start" ? 200 : 201];
}

/** workerd checks the type of each field: `HostPort` is a string. */
function inspection(found: Inspection): object {
  const ports = found.ingressPort
    ? { "39001/tcp": [{ HostIp: "127.0.0.1", HostPort: String(found.ingressPort) }] }
    : {};
  return {
    Id: found.id,
    State: { Status: found.status },
    Config: { Image: found.image },
    NetworkSettings: { Ports: ports },
  };
}

function signalName(text: string | null): NodeJS.Signals {
  const names = Object.keys(os.constants.signals) as NodeJS.Signals[];
  return names.find((name) => name === text) ?? "SIGKILL";
}

/**
 * `POST /exec/x/start` with `Upgrade: tcp`: a JSON body, then raw input. Node passes the body on in `head` and on the
 * socket up to version 24, as data of the request from 26 on.
 */
function attach(target: ApiTarget, request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
  const exec = target.findExec((request.url ?? "").split("/")[2] ?? "");
  socket.on("error", () => {});
  if (!exec) {
    socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  let body = Number(request.headers["content-length"] ?? 0);
  socket.write(
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
  );
  const { stdin, endStdin } = exec.startAttached(socket);
  const take = (data: Buffer) => {
    const skipped = Math.min(body, data.length);
    body -= skipped;
    if (skipped < data.length) stdin(data.subarray(skipped));
  };
  request.on("data", (data: Buffer) => {
    body -= data.length;
  });
  take(head);
  socket.on("data", take).on("end", endStdin);
}
