/** The few calls of Docker's Engine API that the engine makes itself, over the daemon's unix socket. */
import http from "node:http";
import type { Readable } from "node:stream";

export interface DockerAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface DockerCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Sent as JSON; a stream is sent as a tar archive. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gets each line of the answer as it comes. */
  readonly onLine?: (line: string) => void;
  /** Gets the answer's bytes as they come; the answer's body stays empty. */
  readonly onData?: (chunk: Buffer) => void;
  readonly signal?: AbortSignal;
}

/** The daemon refused a call. */
export class DockerRefused extends Error {
  readonly status: number;

  constructor(call: DockerCall, { status, body }: DockerAnswer) {
    super(`Docker refused ${call.method} ${call.path.split("?")[0]} (${status}): ${messageOf(body)}`);
    this.name = "DockerRefused";
    this.status = status;
  }
}

export class DockerClient {
  readonly socketPath: string;

  /** `socket` is a path or `unix:///path`, as in DOCKER_HOST. @throws Error for a daemon that is reached otherwise */
  constructor(socket: string) {
    if (!/^(unix:\/\/)?\//.test(socket))
      throw new Error(
        `The Docker engine needs a daemon on a unix socket of this machine, not ${socket}.\n` +
          "       Unset DOCKER_HOST, or set it to unix:///var/run/docker.sock",
      );
    this.socketPath = socket.replace(/^unix:\/\//, "");
  }

  /** Any answer, whatever its status. */
  async call(call: DockerCall): Promise<DockerAnswer> {
    const response = await this.#send(call);
    const chunks: Buffer[] = [];
    let rest = "";
    for await (const chunk of response) {
      if (call.onData) call.onData(chunk as Buffer);
      else chunks.push(chunk as Buffer);
      if (!call.onLine) continue;
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) call.onLine(line);
    }
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
  }

  /** The parsed body of an answer. @throws DockerRefused for any status but 2xx, those in `fine` excepted */
  async json(call: DockerCall, fine: readonly number[] = []): Promise<unknown> {
    const answer = await this.call(call);
    if ((answer.status < 200 || answer.status > 299) && !fine.includes(answer.status))
      throw new DockerRefused(call, answer);
    return answer.body.length > 0 && !call.onLine ? JSON.parse(answer.body.toString()) : undefined;
  }

  /** Whether the daemon answers a GET with 200. */
  async has(path: string): Promise<boolean> {
    return (await this.call({ method: "GET", path })).status === 200;
  }

  #send({ method, path, body, headers, signal }: DockerCall): Promise<http.IncomingMessage> {
    const stream = isStream(body) ? body : undefined;
    const text = body === undefined || stream ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = http.request({
        socketPath: this.socketPath,
        agent: false,
        method,
        path,
        ...(signal && { signal }),
        headers: {
          ...(text === undefined
            ? {}
            : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
          ...(stream ? { "Content-Type": "application/x-tar" } : {}),
          ...headers,
        },
      });
      request.once("response", resolve).once("error", reject);
      if (stream) stream.pipe(request);
      else request.end(text);
    });
  }
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body;
}

/** Docker's own words, from `{"message": …}` or the text itself. */
function messageOf(body: Buffer): string {
  const text = body.toString().trim();
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    return text;
  }
}
