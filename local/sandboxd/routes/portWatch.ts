/** Waiting for a port: the stream behind the SDK's `waitForPort`. */
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Body } from "../call.ts";
import { EventStream } from "../eventStream.ts";
import type { Handler } from "../handler.ts";
import type { Processes } from "../processes.ts";

const attemptMs = 5000;

interface Watch {
  /** A missing port is watched for ever, without an error. */
  readonly port: number | undefined;
  readonly host: string;
  readonly tcp: boolean;
  readonly path: string;
  readonly statusMin: number;
  readonly statusMax: number;
  readonly intervalMs: number;
  readonly processId: string | undefined;
}

/** Sends `watching`, then `ready`, `process_exited` or `error`; otherwise it stays silent. */
export const watchPort: Handler = async (call, { processes, settings }) => {
  const watch = watchFrom(await call.body(), settings.bind);
  const stream = new EventStream(call.response, settings.streamIdleMs);
  const { port } = watch;
  stream.send({ type: "watching", port });
  while (!stream.closed) {
    const event = processEvent(watch, processes) ?? (await readyEvent(watch));
    if (event) {
      stream.send({ ...event, port });
      break;
    }
    await sleep(watch.intervalMs);
  }
  stream.end();
  return undefined;
};

function watchFrom(body: Body, bind: string): Watch {
  const path = typeof body.path === "string" ? body.path : "/";
  return {
    port: typeof body.port === "number" ? body.port : undefined,
    host: bind === "0.0.0.0" || bind === "::" ? "localhost" : bind,
    tcp: body.mode === "tcp",
    path: path.startsWith("/") ? path : `/${path}`,
    statusMin: numberOr(body.statusMin, 200),
    statusMax: numberOr(body.statusMax, 399),
    intervalMs: Math.min(Math.max(numberOr(body.interval, 500), 100), 10_000),
    processId: typeof body.processId === "string" ? body.processId : undefined,
  };
}

function processEvent({ processId }: Watch, processes: Processes): object | undefined {
  if (processId === undefined) return undefined;
  const record = processes.list().find(({ id }) => id === processId);
  if (!record) return { type: "error", error: "Process not found" };
  return record.status === "running" ? undefined : { type: "process_exited", exitCode: record.exitCode };
}

async function readyEvent(watch: Watch): Promise<object | undefined> {
  if (watch.port === undefined) return undefined;
  if (watch.tcp) return (await accepts(watch.host, watch.port)) ? { type: "ready" } : undefined;
  const statusCode = await statusOf(watch.host, watch.port, watch.path);
  const fits = statusCode !== undefined && statusCode >= watch.statusMin && statusCode <= watch.statusMax;
  return fits ? { type: "ready", statusCode } : undefined;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: attemptMs });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", settle(true)).once("error", settle(false)).once("timeout", settle(false));
  });
}

function statusOf(host: string, port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path, agent: false, timeout: attemptMs }, (response) => {
      response.resume();
      resolve(response.statusCode);
      request.destroy();
    });
    request.once("error", () => resolve(undefined)); // not yet there
    request.once("timeout", () => request.destroy());
  });
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
