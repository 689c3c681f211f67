/** A sidecar beside the fixture program on a network of their own, and the test in the place of workerd. */
import http from "node:http";
import type net from "node:net";
import type { Duplex } from "node:stream";
import { z } from "zod";
import { sidecarPort } from "../containerName.ts";
import { containerRequest, createSchema, sidecarRequest } from "../docker/createRequest.ts";
import type { DockerClient } from "../docker/dockerClient.ts";
import { engineLabels } from "../docker/labels.ts";
import { createNetwork } from "../docker/network.ts";
import { sidecarReady } from "../docker/sidecarReady.ts";
import { sweep } from "../docker/sweep.ts";
import { image } from "./fixture.ts";

/** One tunnel that the sidecar opened to workerd's egress listener. */
export interface EgressTunnel {
  readonly authority: string | undefined;
  readonly hostname: string | undefined;
}

export interface SidecarStage {
  /** Address of this machine on the sidecar's network. */
  readonly gateway: string;
  /** What arrived at the egress listener since the stage was set. */
  readonly tunnels: EgressTunnel[];
  /** Port of the first and of the second egress listener, which answers `first` and `second` to every request. */
  readonly egressPorts: readonly [number, number];
  /** A call to the sidecar itself. */
  control(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly text: string }>;
  /** `CONNECT` to a port of the container: status, and the tunnel after 200. */
  connect(port: number): Promise<{ readonly status: number; readonly socket: Duplex }>;
  /** JSON answer of the fixture program, through a tunnel. */
  ask(path: string): Promise<unknown>;
  close(): Promise<void>;
}

const idSchema = z.object({ Id: z.string() });
const portsSchema = z.object({
  NetworkSettings: z.object({ Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()) }),
});

/** Starts both containers as workerd does. */
export async function setStage(docker: DockerClient, sidecarImage: string, name: string): Promise<SidecarStage> {
  const labels = engineLabels(name);
  const network = await createNetwork(docker, name);
  const start = async (title: string, body: object) => {
    const made = await docker.json({ method: "POST", path: `/containers/create?name=${title}`, body });
    const { Id } = idSchema.parse(made);
    await docker.json({ method: "POST", path: `/containers/${Id}/start` });
    return Id;
  };
  const [title, tunnels]: [string, EgressTunnel[]] = [`talaria-${name}-proxy`, []];
  const id = await start(title, sidecarRequest(sidecarCall(), { image: sidecarImage, network, labels }));
  await start(`talaria-${name}`, containerRequest(containerCall(), { image, sidecar: title, labels }));
  await sidecarReady(docker, id);
  const { NetworkSettings } = portsSchema.parse(await docker.json({ method: "GET", path: `/containers/${id}/json` }));
  const port = Number(NetworkSettings.Ports[sidecarPort]?.[0]?.HostPort);
  const listeners = [egressListener("first", tunnels), egressListener("second", tunnels)] as const;
  const egressPorts = [
    await listen(listeners[0], network.gateway),
    await listen(listeners[1], network.gateway),
  ] as const;

  const connect = (to: number) => openTunnel(port, to);
  return {
    gateway: network.gateway,
    tunnels,
    egressPorts,
    connect,
    control: (method, path, body) => send({ host: "127.0.0.1", port, method, path }, body),
    async ask(path) {
      const { status, socket } = await connect(8080);
      if (status !== 200) throw new Error(`the tunnel was refused with ${status}`);
      return JSON.parse((await send({ createConnection: () => socket, path })).text);
    },
    async close() {
      for (const listener of listeners) {
        listener.closeAllConnections();
        listener.close();
      }
      await sweep(docker, name);
    },
  };
}

/** Body of workerd's create call for a sidecar, as far as it matters. */
function sidecarCall() {
  return createSchema.parse({
    Image: "",
    Cmd: ["--http-egress-port", "1", "--http-ingress-address", "0.0.0.0:39001"].concat([
      ...["--docker-gateway-cidr", "172.16.0.0/12", "--dns-enabled", "--tls-intercept", "--disable-ipv6"],
    ]),
    ExposedPorts: { [sidecarPort]: {} },
    HostConfig: { NetworkMode: "bridge", CapAdd: ["NET_ADMIN"] },
  });
}

function containerCall() {
  return createSchema.parse({ Image: image, HostConfig: { NetworkMode: "" } });
}

/** Takes every name, as a Worker with a catch-all handler does. */
function egressListener(answer: string, tunnels: EgressTunnel[]): http.Server {
  const handler = http.createServer((request, response) => {
    response.setHeader("Connection", "close").end(`${answer} ${request.headers.host}`);
  });
  const server = http.createServer();
  server.on("connect", (request, socket: Duplex) => {
    tunnels.push({ authority: request.url, hostname: String(request.headers["x-hostname"]) });
    socket.on("error", () => {}).write("HTTP/1.1 200 OK\r\n\r\n");
    handler.emit("connection", socket);
  });
  return server;
}

async function listen(server: net.Server, address: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}

function openTunnel(sidecar: number, port: number): Promise<{ status: number; socket: Duplex }> {
  const target = `127.0.0.1:${port}`;
  return new Promise((resolve, reject) => {
    const headers = { "X-Dst-Addr": target };
    const request = http.request({
      host: "127.0.0.1",
      port: sidecar,
      agent: false,
      method: "CONNECT",
      path: target,
      headers,
    });
    request.on("connect", (answer, socket) => resolve({ status: answer.statusCode ?? 0, socket })).on("error", reject);
    request.end();
  });
}

function send(options: http.RequestOptions, body?: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(options, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    request.on("error", reject).end(body && JSON.stringify(body));
  });
}
