/** A sandbox with the real supervisor, and the routes of a bot that passes an operator's requests on to it. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { freePort } from "../../local/freePort.ts";
import { failing, type Route, type SeenRequest } from "./fakeBot.ts";

const program = fileURLToPath(new URL("../../container/exec/bin/talaria-exec", import.meta.url));

/** A running one. */
export interface Sandbox {
  /** The session's files. */
  readonly workspace: string;
  /** For `startFakeBot`: the session is `default`, as it is with every command that names none. */
  readonly routes: Readonly<Record<string, Route>>;
  /** The same for the agent's own container: the words after `hermes --` are what bash runs there. */
  readonly boxRoutes: Readonly<Record<string, Route>>;
  /** Asked before each request is passed on: whether the connection breaks `before` it arrives, or `after`, its answer lost. */
  trouble: (request: SeenRequest) => "before" | "after" | undefined;
}

/** Starts a supervisor that is gone with the running test. */
export async function aSandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-sandbox-"));
  const workspace = path.join(folder, "workspace");
  await mkdir(workspace);
  const port = await freePort();
  const child = spawn("python3", ["-IBS", program, "serve"], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      TMPDIR: folder,
      TALARIA_BIND: "127.0.0.1",
      TALARIA_WORKSPACE: workspace,
      TALARIA_EXEC_PORT: String(port),
    },
    stdio: ["ignore", "pipe", "ignore"], // it complains of each connection that was cut
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  onTestFinished(async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const sandbox: Sandbox = {
    workspace,
    trouble: () => undefined,
    routes: { "/api/exec/sessions/default/*": (...call) => pass(sandbox, port, ...call) },
    boxRoutes: { "/api/box/*": (...call) => pass(sandbox, port, ...call) },
  };
  return sandbox;
}

async function pass(
  sandbox: Sandbox,
  port: number,
  ...[response, request, count]: Parameters<Route>
): Promise<unknown> {
  const trouble = sandbox.trouble(request);
  if (trouble === "before") return void response.destroy();
  const [, rest = ""] = request.path.split(/\/sessions\/default\/|\/box\//);
  const { method } = request;
  const isStart = method === "PUT" && rest.startsWith("jobs/");
  const answer = await fetch(`http://127.0.0.1:${port}/${rest.replace(/^(list|file)/, "workspace/$1")}`, {
    method,
    ...(isStart && { body: terminal(request.body) }),
    ...(!isStart && method !== "GET" && method !== "DELETE" && { body: new Uint8Array(request.bytes) }),
  });
  if (!answer.ok) {
    const { code, message } = (await answer.json()) as { code: string; message: string };
    const known = answer.status === 404 ? "execFileAbsent" : code;
    return failing(answer.status, { code: known, message, next: "Look." })(response, request, count);
  }
  const body = await answer.bytes();
  if (trouble === "after") return void response.destroy();
  response.writeHead(200, Object.fromEntries([...answer.headers].filter(([name]) => /^(x-job|content-)/.test(name))));
  return void response.end(body);
}

/** What the Worker makes of an operator's terminal, or of words for `hermes`. */
function terminal(body: string): string {
  const { tty = null, argv = [], stdin = null } = JSON.parse(body) as { tty?: object; argv?: string[]; stdin?: string };
  const command = Buffer.from(argv.join(" ")).toString("base64");
  const fixed = { cwd: null, env: { TERM: "dumb", PROMPT_COMMAND: "PS1='ready '" } };
  return JSON.stringify({ ...fixed, command, stdin, deadlineSeconds: 30, outputBytes: 1_000_000, tty });
}
