/**
 * Stands in for Exec containers in workerd tests: the supervisor's contract, over commands of its own. The real one runs in
 * `worker/exec/exec.process.test.ts`. Words: `say TEXT`, `exit N`, `put NAME TEXT`, `remove NAME`, `show NAME`, `wait` (until cancelled or {@link ExecWorld.finish}).
 */
import { digestOf } from "../auth/digest.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";

interface FakeJob {
  output: string;
  exit: number | undefined;
  endedBy: string;
}

/** As the real supervisor. */
const marksKept = 8;

/** A container that runs: its jobs and its disk. */
class Container {
  readonly jobs = new Map<string, FakeJob>();
  readonly packs = new Set<string>();
  readonly marks = new Map<string, string>();
  files: Record<string, string> = {};
  serves = false;
  survivors = 0;
}

/** All containers of a test, by the names of their boxes. */
export class ExecWorld {
  readonly containers = new Map<string, Container>();
  /** What was asked of boxes, as `exec-0 start`. */
  readonly asked: string[] = [];
  /** Fails what it names. */
  fails: (what: string) => boolean = () => false;
  /** What an answer waits for. */
  waits: (what: string) => Promise<unknown> | undefined = () => undefined;

  box(name: string): Box {
    return new FakeExecBox(this, name);
  }

  /** Its container ends by itself, with its disk. */
  crash(name: string): void {
    this.containers.delete(name);
  }

  running(): string[] {
    return [...this.containers.keys()].sort();
  }

  finish(job: string): void {
    for (const { jobs } of this.containers.values()) {
      const found = jobs.get(job);
      if (found) found.exit = 0;
    }
  }

  async ask(what: string): Promise<void> {
    this.asked.push(what);
    await this.waits(what);
    if (this.fails(what)) throw new Error(`fails: ${what}`);
  }
}

class FakeExecBox implements Box {
  private readonly world: ExecWorld;
  private readonly name: string;

  constructor(world: ExecWorld, name: string) {
    this.world = world;
    this.name = name;
  }

  async isRunning(): Promise<boolean> {
    return this.world.containers.has(this.name);
  }

  async run() {
    await this.world.ask(`${this.name} start`);
    const container = this.world.containers.get(this.name) ?? new Container();
    container.serves = true;
    this.world.containers.set(this.name, container);
    return { exitCode: 0, stdout: "", stderr: "" };
  }

  async fetch(_port: number, request: Request): Promise<Response> {
    const container = this.world.containers.get(this.name);
    if (container === undefined || !container.serves) throw new BoxUnreachable("not listening");
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/health") await this.world.ask(`${this.name} ${request.method} ${pathname}`);
    const [, place, id = "", act = ""] = pathname.split("/");
    if (place === "health") return Response.json({ version: "0", workspace: "/workspace", jobs: 0, usedBytes: 0 });
    if (place === "jobs") return job(container, id, act, request, searchParams);
    if (place === "packs") return Response.json({ dropped: container.packs.delete(id) });
    if (id === "pack") return packed(container, await request.json());
    if (id === "documents") return declared(container, await request.json());
    if (id === "unpack") return unpacked(container, request, searchParams.has("replace"));
    const named = searchParams.get("path") ?? "";
    if (id === "file" && request.method === "PUT") container.files[named] = await request.text();
    const content = container.files[named];
    if (id === "file" && content !== undefined) return new Response(content);
    return Response.json({ code: "fileAbsent", message: `there is no ${named}` }, { status: 404 });
  }

  async destroy(): Promise<void> {
    await this.world.ask(`${this.name} destroy`);
    this.world.containers.delete(this.name);
  }

  async start(): Promise<void> {}

  async process(): Promise<undefined> {}

  async output(): Promise<string> {
    return "";
  }

  async kill(): Promise<void> {}
}

async function job(container: Container, id: string, act: string, request: Request, query: URLSearchParams) {
  const known = container.jobs.get(id);
  if (request.method === "PUT") {
    const { command } = (await request.json()) as { command: string };
    const made = known ?? run(container, atob(command));
    container.jobs.set(id, made);
    return Response.json({ state: made.exit === undefined ? "running" : "done" });
  }
  if (known === undefined) return Response.json({ code: "jobUnknown", message: "unknown" }, { status: 404 });
  if (request.method === "DELETE") {
    if (known.exit === undefined) Object.assign(known, { exit: 130, endedBy: "cancel" });
    return Response.json({ survivors: container.survivors });
  }
  if (act === "input") return Response.json({ next: (await request.text()).length });
  if (act === "forget") {
    container.jobs.delete(id);
    return Response.json({});
  }
  const offset = Math.min(Number(query.get("offset")), known.output.length);
  const headers: Record<string, string> = { "x-job-next": String(known.output.length), "x-job-state": "running" };
  if (known.exit !== undefined) {
    Object.assign(headers, {
      "x-job-state": "done",
      "x-job-exit": String(known.exit),
      "x-job-ended-by": known.endedBy,
      "x-job-seconds": "0.5",
      "x-job-bytes": String(known.output.length),
      "x-job-cut": "0",
      "x-job-survivors": String(container.survivors),
    });
  }
  return new Response(known.output.slice(offset), { headers });
}

function run(container: Container, command: string): FakeJob {
  const [word, name = "", ...rest] = command.split(" ");
  const done = (output: string, exit = 0): FakeJob => ({ output, exit, endedBy: "exit" });
  if (word === "wait") return { output: "", exit: undefined, endedBy: "exit" };
  if (word === "exit") return done("", Number(name));
  if (word === "put") container.files[name] = rest.join(" ");
  if (word === "remove") delete container.files[name];
  if (word === "show") return done(container.files[name] ?? "absent");
  return done(word === "say" ? [name, ...rest].join(" ") : "");
}

async function packed(container: Container, body: unknown): Promise<Response> {
  const { sinceMark, limitBytes } = body as { sinceMark: string | null; limitBytes: number };
  if (sinceMark !== null && !container.marks.has(sinceMark)) {
    return Response.json({ code: "markUnknown", message: "too old" }, { status: 409 });
  }
  const before = JSON.parse((sinceMark !== null && container.marks.get(sinceMark)) || "{}") as Record<string, string>;
  const files = Object.fromEntries(Object.entries(container.files).filter(([name, text]) => before[name] !== text));
  const deleted = Object.keys(before).filter((name) => !(name in container.files));
  const content = JSON.stringify({ files, deleted });
  if (content.length > limitBytes) {
    return Response.json({ code: "workspaceTooLarge", bytes: content.length, limitBytes }, { status: 413 });
  }
  const pack = crypto.randomUUID();
  container.packs.add(pack);
  const counts = { files: Object.keys(files).length, deleted: deleted.length };
  const about = { pack, bytes: content.length, sha256: await digestOf(content), ...counts, mark: mark(container) };
  return new Response(content, { headers: { "x-pack": JSON.stringify(about) } });
}

async function unpacked(container: Container, request: Request, replaces: boolean): Promise<Response> {
  const content = await request.text();
  if ((await digestOf(content)) !== request.headers.get("x-sha256")) {
    return Response.json({ code: "packDamaged", message: "not what its SHA-256 promises" }, { status: 400 });
  }
  const { files, deleted } = JSON.parse(content) as { files: Record<string, string>; deleted: string[] };
  if (replaces) container.files = {};
  Object.assign(container.files, files);
  for (const name of deleted) delete container.files[name];
  return Response.json({ files: Object.keys(files).length, deleted: deleted.length, mark: mark(container) });
}

/** A part of the rule: what was written last goes or is replaced, and lies beside where it was edited. */
function declared(container: Container, body: unknown): Response {
  const { documents } = body as { documents: Record<string, string> };
  const ledger = JSON.parse(container.files[".talaria/documents.json"] ?? "{}") as Record<string, string>;
  const outcomes = Object.entries(documents).map(([path, text]) => {
    const found = container.files[path];
    const isEdited = found !== undefined && found !== ledger[path] && found !== text;
    if (isEdited && ledger[path] === text) return { path, what: "edited", beside: null, reason: null };
    if (isEdited) container.files[`${path}.agent`] = found;
    container.files[path] = text;
    return { path, what: "written", beside: isEdited ? `${path}.agent` : null, reason: null };
  });
  for (const path of Object.keys(ledger))
    if (!(path in documents) && container.files[path] === ledger[path]) delete container.files[path];
  container.files[".talaria/documents.json"] = JSON.stringify(documents);
  return Response.json({ outcomes, mark: mark(container) });
}

function mark(container: Container): string {
  const id = crypto.randomUUID();
  container.marks.set(id, JSON.stringify(container.files));
  const [oldest = ""] = container.marks.keys();
  if (container.marks.size > marksKept) container.marks.delete(oldest);
  return id;
}
