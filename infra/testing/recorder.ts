/** A stand-in for Cloudflare's API in tests of one resource: notes each request and answers what the test says. */
import http from "node:http";
import { closed, listening } from "../../local/listening.ts";

/** One request, without what differs from run to run. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** JSON, or text of a form. */
  readonly body: unknown;
}

/** What a test answers; an `error` makes the envelope a failure. */
export interface Answer {
  readonly status?: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A listening recorder. */
export interface Recorder {
  readonly baseUrl: string;
  readonly requests: RecordedRequest[];
  close(): Promise<void>;
}

/** Starts a recorder; `answer` gets "GET /path" and the body. */
export async function startRecorder(answer: (what: string, body: unknown) => Answer): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body: unknown = request.headers["content-type"] === "application/json" ? JSON.parse(text) : text;
    const { method = "", url = "" } = request;
    requests.push({ method, path: url, body });
    const { status = 200, result = null, error } = answer(`${method} ${url}`, body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        success: error === undefined,
        result,
        errors: error === undefined ? [] : [error],
        messages: [],
      }),
    );
  });
  const port = await listening(server);
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    close: () => closed(server),
  };
}
