/** Stands between containers and their inside door, and fails as told: slow, cut half-way, 429, 500, no answer. */
import http from "node:http";
import { listening } from "../../local/listening.ts";

/** What happens to a request. */
export type Mishap =
  /** Waits before it passes the request on. */
  | { readonly act: "slow"; readonly ms: number }
  /** Answers by itself. */
  | { readonly act: "status"; readonly status: number }
  /** Passes so many bytes of the request on, then cuts both connections. */
  | { readonly act: "cutRequest"; readonly after: number }
  /** Passes so many bytes of the answer on, then cuts the connection. */
  | { readonly act: "cutAnswer"; readonly after: number }
  /** Lets it wait until {@link Door.free}, then passes it on. */
  | { readonly act: "hold" };

export interface Rule {
  readonly method?: string;
  /** Matched against the path behind `TALARIA_URL`, such as `/snapshots/data/…`. */
  readonly path: RegExp;
  readonly mishap: Mishap;
  /** How many requests it meets. @default 1 */
  readonly times?: number;
}

export class Door {
  readonly #server = http.createServer(
    { requestTimeout: 0 },
    (request, response) => void this.#pass(request, response),
  );
  #rules: { readonly rule: Rule; left: number }[] = [];
  #held: (() => void)[] = [];
  /** How many requests met a rule since {@link set}. */
  met = 0;
  /** Bytes of request bodies that went up, and of answers that came down. */
  bytes = { up: 0, down: 0 };
  /** Called for each request. */
  onRequest: ((method: string, path: string) => void) | undefined;

  /** Listens. @returns a shell word that turns `$TALARIA_URL` into the address through this door */
  async open(): Promise<string> {
    return `http://127.0.0.1:${await listening(this.#server)}/\${TALARIA_URL#http://}`;
  }

  close(): void {
    this.free();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Replaces the rules and lets go of what is held. */
  set(rules: readonly Rule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? 1 }));
    this.met = 0;
    this.free();
  }

  /** Whether something is held. */
  get holds(): boolean {
    return this.#held.length > 0;
  }

  free(): void {
    for (const go of this.#held.splice(0)) go();
  }

  #mishap(method: string, path: string): Mishap | undefined {
    const found = this.#rules.find(
      ({ rule, left }) => left > 0 && (rule.method ?? method) === method && rule.path.test(path),
    );
    if (found === undefined) return undefined;
    found.left--;
    this.met++;
    return found.rule.mishap;
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const [, host = "", path = "/"] = /^\/([^/]+)(\/.*)?$/.exec(request.url ?? "") ?? [];
    const method = request.method ?? "GET";
    this.onRequest?.(method, path);
    const mishap = this.#mishap(method, path);
    if (mishap?.act === "status") {
      request.resume();
      response.writeHead(mishap.status, { "retry-after": "1" }).end("torture");
      return;
    }
    if (mishap?.act === "slow") await new Promise((resolve) => setTimeout(resolve, mishap.ms));
    if (mishap?.act === "hold") await new Promise<void>((resolve) => this.#held.push(resolve));
    const outgoing = http.request(`http://${host}${path}`, { method, headers: { ...request.headers, host } });
    const cut = () => {
      outgoing.destroy();
      request.socket.destroy();
    };
    outgoing.on("error", cut);
    response.on("close", () => outgoing.destroy());
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      let sent = 0;
      answer.on("data", (chunk: Buffer) => {
        this.bytes.down += chunk.length;
        if (mishap?.act !== "cutAnswer") return void response.write(chunk);
        const left = Math.max(0, mishap.after - sent);
        response.write(chunk.subarray(0, left));
        sent += chunk.length;
        if (sent >= mishap.after) setImmediate(cut);
      });
      answer.on("end", () => (mishap?.act === "cutAnswer" ? cut() : response.end()));
      answer.on("error", cut);
    });
    let passed = 0;
    request.on("data", (chunk: Buffer) => {
      this.bytes.up += chunk.length;
      if (mishap?.act !== "cutRequest") return void outgoing.write(chunk);
      const left = Math.max(0, mishap.after - passed);
      outgoing.write(chunk.subarray(0, left));
      passed += chunk.length;
      if (passed >= mishap.after) setImmediate(cut);
    });
    request.on("end", () => (mishap?.act === "cutRequest" ? cut() : outgoing.end()));
    request.on("error", () => outgoing.destroy());
  }
}
