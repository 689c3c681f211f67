/** Short calls for the tests that look at processes and not at answers. */
import fs from "node:fs";

/** What a test does with a server. */
export interface Probe {
  /** Posts JSON and returns the parsed answer. */
  post(path: string, body: object): Promise<Record<string, unknown>>;
  /** Runs a command without a session. */
  run(command: string, timeoutMs?: number): Promise<Record<string, unknown>>;
  request(method: string, path: string, body?: object): Promise<Response>;
}

/** Calls to the server at `url`. */
export function probe(url: URL): Probe {
  const request = (method: string, path: string, body?: object) =>
    fetch(new URL(path, url), { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const post = async (path: string, body: object) => Object(await (await request("POST", path, body)).json());
  const run = (command: string, timeoutMs?: number) =>
    post("/api/execute", { command, timeoutMs, sessionId: "__DISABLE_SESSION__" });
  return { request, post, run };
}

/** Whether a process runs: a zombie does not. */
export function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
