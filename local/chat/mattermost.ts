/**
 * A Mattermost on loopback: as much of its API v4 and WebSocket as Hermes' adapter uses. It can go deaf in the ways in which chat
 * sockets die without anybody being told.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { closed, listening } from "../listening.ts";

/** What a deaf Mattermost does. Its REST API works on. */
export type Deafness =
  /** Connections stay open and nothing comes over them, no pong either; new ones are taken and never answered. */
  | "silent"
  /** Connections are cut, and new ones as soon as they come. */
  | "dropping";

export interface MattermostPost {
  readonly id: string;
  readonly channelId: string;
  readonly message: string;
}

export interface RunningMattermost {
  /** For MATTERMOST_URL. */
  readonly url: string;
  /** For MATTERMOST_TOKEN. */
  readonly token: string;
  /** What the bot posted, oldest first. */
  readonly posts: readonly MattermostPost[];
  /** Requests that it knows no answer to, as `METHOD path`. */
  readonly unknown: readonly string[];
  /** Connections over which the bot would hear a message now. */
  listeners(): number;
  /** Writes a direct message to the bot. */
  say(text: string): void;
  /** From now on, until a client logs in anew (as Hermes does only when its gateway starts), or until {@link hear}. */
  goDeaf(how: Deafness): void;
  hear(): void;
  close(): Promise<void>;
}

const bot = { id: "botbotbotbotbotbotbotbotbo", username: "hermes", roles: "system_user" };
const person = { id: "annannannannannannannannan", username: "ann" };
const channel = { id: "chanchanchanchanchanchanch", type: "D", display_name: "ann", name: "ann__hermes" };
const token = "mattermosttokenstandin2345";

const postSchema = z.looseObject({ channel_id: z.string(), message: z.string() });
const challengeSchema = z.object({
  seq: z.number(),
  action: z.literal("authentication_challenge"),
  data: z.object({ token: z.string() }),
});

/** Starts it on a free port and resolves when it listens. */
export async function startMattermost(): Promise<RunningMattermost> {
  const mattermost = new Mattermost();
  await mattermost.listen();
  return mattermost;
}

class Mattermost implements RunningMattermost {
  readonly token = token;
  readonly posts: MattermostPost[] = [];
  readonly unknown: string[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly sockets = new WebSocketServer({ noServer: true, autoPong: false });
  /** Authenticated ones. */
  private readonly open = new Set<WebSocket>();
  /** TCP connections that became, or wanted to become, WebSockets. */
  private readonly upgraded = new Set<Socket>();
  private deaf: Deafness | undefined;

  async listen(): Promise<void> {
    this.server.on("upgrade", (request, socket: Socket, head) => this.upgrade(request, socket, head));
    await listening(this.server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  listeners(): number {
    return this.deaf === undefined ? this.open.size : 0;
  }

  say(text: string): void {
    const id = newId();
    const post = { id, user_id: person.id, channel_id: channel.id, message: text, type: "", root_id: "" };
    const data = { channel_type: channel.type, sender_name: `@${person.username}`, post: JSON.stringify(post) };
    for (const socket of this.open) this.send(socket, { event: "posted", data, seq: 1 });
  }

  goDeaf(how: Deafness): void {
    this.deaf = how;
    if (how === "dropping") this.cut();
  }

  hear(): void {
    if (this.deaf === "silent") this.cut(); // what was lost meanwhile cannot be made good on the same connection
    this.deaf = undefined;
  }

  async close(): Promise<void> {
    this.cut();
    this.sockets.close();
    await closed(this.server);
  }

  private cut(): void {
    for (const socket of this.upgraded) socket.destroy();
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.upgraded.add(socket);
    socket.on("close", () => this.upgraded.delete(socket));
    socket.on("error", () => socket.destroy()); // the client went away
    if (this.deaf === "silent") return;
    if (this.deaf === "dropping" || request.url !== "/api/v4/websocket") return void socket.destroy();
    this.sockets.handleUpgrade(request, socket, head, (accepted) => this.greet(accepted));
  }

  private greet(socket: WebSocket): void {
    socket.on("ping", (data) => this.deaf === undefined && socket.pong(data));
    socket.on("close", () => this.open.delete(socket));
    socket.on("message", (raw) => {
      const challenge = challengeSchema.safeParse(jsonOf(String(raw)));
      if (!challenge.success) return;
      if (challenge.data.data.token !== token) return socket.close();
      this.open.add(socket);
      this.send(socket, { status: "OK", seq_reply: challenge.data.seq });
      this.send(socket, { event: "hello", data: { server_version: "10.0.0" }, seq: 0 });
    });
  }

  private send(socket: WebSocket, message: object): void {
    if (this.deaf === undefined) socket.send(JSON.stringify(message));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = (request.url ?? "").replace(/\?.*$/, "");
    const asked = `${request.method} ${path}`;
    if (request.headers.authorization !== `Bearer ${token}`) {
      return json(response, 401, {
        id: "api.context.session_expired.app_error",
        message: "Invalid or expired session",
      });
    }
    if (asked === "GET /api/v4/users/me") {
      this.hear();
      return json(response, 200, bot);
    }
    if (asked === `GET /api/v4/channels/${channel.id}`) return json(response, 200, channel);
    if (/^POST \/api\/v4\/users\/[a-z]+\/typing$/.test(asked)) return json(response, 200, { status: "OK" });
    const post = postSchema.safeParse(jsonOf(Buffer.concat(chunks).toString()));
    if (asked === "POST /api/v4/posts" && post.success) {
      const { channel_id: channelId, message } = post.data;
      const id = newId();
      this.posts.push({ id, channelId, message });
      return json(response, 201, { id, channel_id: channelId, message, user_id: bot.id });
    }
    const edited = /^PUT \/api\/v4\/posts\/(\w+)\/patch$/.exec(asked);
    const at = this.posts.findIndex(({ id }) => id === edited?.[1]);
    const old = this.posts[at];
    const patch = z.looseObject({ message: z.string() }).safeParse(jsonOf(Buffer.concat(chunks).toString()));
    if (old !== undefined && patch.success) {
      this.posts[at] = { ...old, message: patch.data.message };
      return json(response, 200, { id: old.id, channel_id: old.channelId, message: patch.data.message });
    }
    this.unknown.push(asked);
    return json(response, 404, { id: "api.context.404.app_error", message: `${asked} is not in the stand-in` });
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever asks parses it, and meets that
  }
}

/** Mattermost's ids have 26 characters. */
function newId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 26);
}
