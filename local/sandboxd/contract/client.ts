/** Sends one recorded request and notes what came back, as the recorder did. */
import http from "node:http";
import net from "node:net";
import type { Exchange } from "./recording.ts";

/** Longest that the client stays where the recorder left on purpose or got no answer. */
const patienceMs = 1500;

/** What a server answered. */
export interface Observed {
  /** False when nothing came within the client's patience. */
  readonly answered: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly endedBy: "server" | "client";
  readonly elapsedMs: number;
}

/** Sends the request of an exchange to a server. */
export async function send(url: URL, { request, answer }: Exchange): Promise<Observed> {
  const started = performance.now();
  const limitMs = request.clientClosesAfterMs ?? (answer.none ? patienceMs : undefined);
  const sent = request.method === "HEAD" ? sendRaw(url, request.path) : sendHttp(url, request, limitMs);
  return { ...(await sent), elapsedMs: performance.now() - started };
}

type Request = Exchange["request"];
type Answer = Omit<Observed, "elapsedMs">;

function sendHttp(url: URL, request: Request, limitMs: number | undefined): Promise<Answer> {
  const body = bodyOf(request);
  return new Promise((resolve, reject) => {
    let [text, status, answered] = ["", 0, false];
    let headers: Record<string, string> = {};
    const settle = (endedBy: "server" | "client") => {
      clearTimeout(limit);
      resolve({ answered, status, headers, text, endedBy });
      if (endedBy === "client") client.destroy();
    };
    const limit = limitMs === undefined ? undefined : setTimeout(() => settle("client"), Math.min(limitMs, patienceMs));
    const options = { agent: false, host: url.hostname, port: url.port, path: request.path, method: request.method };
    const client = http.request({ ...options, headers: { ...request.headers, ...body.headers } }, (response) => {
      answered = true;
      status = response.statusCode ?? 0;
      headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => settle("server"));
      response.on("error", () => settle("client")); // our own leaving; `settle` has been called
    });
    client.on("error", reject);
    if (body.text === undefined) client.flushHeaders();
    else client.end(body.text);
  });
}

/** A body given as `<N bytes>` is announced but not sent: the server decides by its length. */
function bodyOf({ rawBody, body }: Request): { headers: Record<string, string>; text: string | undefined } {
  const announced = /^<(\d+) bytes>$/.exec(rawBody ?? "")?.[1];
  if (announced !== undefined) return { headers: { "content-length": announced }, text: undefined };
  const text =
    rawBody ?? (body === undefined ? "" : JSON.stringify(body)).replace(/<(\d+) x>/, (_, n) => "x".repeat(n));
  return { headers: text === "" ? {} : { "content-length": String(Buffer.byteLength(text)) }, text };
}

/** HEAD by hand, because its answer has a body and HTTP clients refuse that. */
function sendRaw(url: URL, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let all = "";
    const socket = net.connect(Number(url.port), url.hostname);
    socket.setEncoding("utf8").on("error", reject);
    socket.on("data", (chunk: string) => {
      all += chunk;
    });
    socket.on("end", () => {
      const [head = "", text = ""] = all.split("\r\n\r\n");
      const [statusLine = "", ...lines] = head.split("\r\n");
      const headers = lines
        .map((line) => line.split(": ", 2))
        .map(([name = "", value = ""]) => [name.toLowerCase(), value]);
      const status = Number(statusLine.split(" ")[1]);
      resolve({ answered: true, status, headers: Object.fromEntries(headers), text, endedBy: "server" });
    });
    socket.write(`HEAD ${path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n`);
  });
}
