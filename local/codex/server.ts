/**
 * A loopback Codex: OpenAI's device login as Hermes and the Codex CLI use it, and the Responses API behind it, answered by the
 * canned model. Hermes has the addresses of the login in its code: it gets there by `HTTPS_PROXY`, which this is, too, and trusts it
 * by `SSL_CERT_FILE`. Where it asks the model may be `HERMES_CODEX_BASE_URL`, too.
 */
import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { z } from "zod";
import { closed, listening } from "../listening.ts";
import { type LedgerEntry, startModel } from "../model/index.ts";
import { ownCertificate } from "./certificate.ts";
import { Logins, type Tokens } from "./logins.ts";

/** Hosts whose requests come here. */
const hosts = ["auth.openai.com", "chatgpt.com"];

export interface CodexOptions {
  /** Life of an access token in seconds. @default 3600 */
  readonly lifeSeconds?: number;
}

export interface RunningCodex {
  /** What `https://chatgpt.com/backend-api/codex` is. */
  readonly baseUrl: string;
  /** Takes CONNECT to {@link hosts}, and to nothing else. */
  readonly proxyUrl: string;
  /** What a client has to trust, PEM. */
  readonly certificate: string;
  /** Each request of a login: method and path. No token in it. */
  readonly calls: readonly string[];
  /** What the person does in the browser. Returns whether the code is one. */
  approve(code: string): boolean;
  /** A login that came out of the device flow before; its access token is over where it lives 0 seconds, and has to be refreshed. */
  login(lifeSeconds?: number): Tokens;
  /** Number of the login behind each request for an answer or for models that was taken, oldest first; the first login is 1. */
  readonly taken: readonly number[];
  /** Requests for an answer, oldest first. */
  ledger(): LedgerEntry[];
  close(): Promise<void>;
}

/** Starts it on 127.0.0.1 and resolves when it listens. */
export async function startCodex({ lifeSeconds = 3600 }: CodexOptions = {}): Promise<RunningCodex> {
  const logins = new Logins(lifeSeconds);
  const model = await startModel({ accepts: (token) => logins.accepts(token) });
  const calls: string[] = [];
  const { certificate, key } = ownCertificate(hosts);
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/backend-api/")) return passOn(request, response, model.url);
    calls.push(`${request.method} ${request.url ?? "/"}`);
    answer(request, response, logins).catch(() => response.destroy()); // the client went away while its body was read
  });
  takeConnections(server, { cert: certificate, key });
  const port = await listening(server);
  return {
    baseUrl: `${model.url}/backend-api/codex`,
    proxyUrl: `http://127.0.0.1:${port}`,
    certificate,
    calls,
    approve: (code) => logins.approve(code),
    login: (life) => logins.before(life),
    taken: logins.taken,
    ledger: () => model.ledger(),
    close: async () => {
      await model.close();
      await closed(server);
    },
  };
}

/** What `chatgpt.com` is asked, to the model. */
function passOn(request: IncomingMessage, response: ServerResponse, modelUrl: string): void {
  const { method, url = "/", headers } = request;
  const onward = ask(new URL(url, modelUrl), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy()); // the client sees a cut, as of any proxy
  request.pipe(onward);
}

/** A proxy that answers itself in the name of the host that is asked for. */
function takeConnections(server: Server, identity: { readonly cert: string; readonly key: string }): void {
  const secureContext = createSecureContext(identity);
  server.on("connect", (request, socket: Socket) => {
    socket.on("error", () => socket.destroy());
    if (!hosts.some((host) => request.url === `${host}:443`)) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    secure.on("error", () => socket.destroy());
    server.emit("connection", secure);
  });
}

const deviceSchema = z.looseObject({ device_auth_id: z.string(), user_code: z.string() });

async function answer(request: IncomingMessage, response: ServerResponse, logins: Logins): Promise<void> {
  const body = await textOf(request);
  const send = (status: number, value: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  switch (`${request.method} ${request.url}`) {
    case "POST /api/accounts/deviceauth/usercode":
      return void send(200, logins.ask());
    case "POST /api/accounts/deviceauth/token": {
      const { device_auth_id, user_code } = deviceSchema.parse(JSON.parse(body));
      const found = logins.poll(device_auth_id, user_code);
      return void send(found === undefined ? 403 : 200, found ?? { error: "authorization_pending" });
    }
    case "POST /oauth/token": {
      const form = new URLSearchParams(body);
      const found =
        form.get("grant_type") === "refresh_token"
          ? logins.refresh(form.get("refresh_token"))
          : logins.exchange(form.get("code"));
      return void send(found === undefined ? 400 : 200, found ?? { error: "invalid_grant" });
    }
    default:
      return void send(404, { error: { message: `Invalid URL (${request.method} ${request.url})` } });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
