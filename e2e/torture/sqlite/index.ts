/**
 * SQLite torture: snapshots by the state tool and restic under a writer that commits without pause to three databases; each one
 * restored and checked. Beside each, as the contrast, a raw copy of the same files.
 */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { run } from "../../../local/toolchain/run.ts";
import { copyOfTheContainer } from "../containerCopy.ts";
import type { SqliteTally } from "../state.ts";
import type { Tools } from "../tools.ts";

const writer = path.join(import.meta.dirname, "writer.py");
const databases = ["state.db", "kanban.db", "projects.db"];
const password = "torture-torture-torture";

const lookSchema = z.record(z.string(), z.object({ last: z.number(), wrong: z.string().nullable() }));
const resultSchema = z.looseObject({ outcome: z.string(), snapshot: z.string().nullish(), problem: z.unknown() });

export const blankTally = (): SqliteTally => ({
  ...{ count: 0, committed: 0, made: 0, restored: 0 },
  ...{ malformed: 0, lacking: 0, rawMalformed: 0, rawLacking: 0, problems: [] },
});

/** Makes, restores and checks snapshots until the tally counts `count`; `keep` is called after each. */
export async function tortureSqlite(
  tools: Tools,
  count: number,
  tally: SqliteTally,
  keep: (more: () => boolean) => boolean,
): Promise<void> {
  const place = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-sqlite-"));
  const bench = new Bench(place, tools, await copyOfTheContainer(path.join(place, "copy"), tools.venv));
  try {
    await bench.begin();
    while (keep(() => tally.count < count)) {
      tally.count++;
      await one(bench, tally.count, tally);
    }
  } finally {
    tally.committed += await bench.end();
  }
}

async function one(bench: Bench, number: number, tally: SqliteTally): Promise<void> {
  const before = await bench.acknowledged();
  const raw = await bench.rawCopy();
  const made = await bench.snapshot(`run-${number}`);
  judge(raw, before, (what) => (what === "malformed" ? tally.rawMalformed++ : tally.rawLacking++));
  if (made.outcome !== "made" || !made.snapshot) {
    tally.problems.push(`${number}: ${made.outcome} ${JSON.stringify(made.problem)}`);
    return;
  }
  tally.made++;
  const restored = await bench.restore(made.snapshot);
  if (restored === undefined) {
    tally.problems.push(`${number}: cannot be restored`);
    return;
  }
  tally.restored++;
  judge(restored, before, (what, detail) => {
    tally.problems.push(`${number}: ${detail}`);
    if (what === "malformed") tally.malformed++;
    else tally.lacking++;
  });
}

function judge(
  found: z.infer<typeof lookSchema>,
  before: ReadonlyMap<string, number>,
  bad: (what: "malformed" | "lacking", detail: string) => void,
): void {
  for (const name of databases) {
    const { last = 0, wrong = "is missing" } = found[name] ?? {};
    if (wrong !== null) bad("malformed", `${name}: ${wrong}`);
    else if (last < (before.get(name) ?? 0)) bad("lacking", `${name}: ${last} of ${before.get(name)} acknowledged`);
  }
}

/** A home with its writer, and a repository in a folder. */
class Bench {
  readonly #place: string;
  readonly #tools: Tools;
  readonly #copy: string;
  #writer: ChildProcess | undefined;

  constructor(place: string, tools: Tools, copy: string) {
    this.#place = place;
    this.#tools = tools;
    this.#copy = copy;
  }

  async begin(): Promise<void> {
    for (const name of ["home/.hermes", "journal", "run", "workspace", "managed"])
      await fs.mkdir(path.join(this.#place, name), { recursive: true });
    await this.#state(["first-boot", "--boot-id", "torture"]);
    this.#writer = spawn(this.#python, [writer, this.#home, path.join(this.#place, "journal")], { stdio: "inherit" });
    while ((await this.acknowledged()).size < databases.length) await pause(50);
  }

  /** @returns how many commits there were */
  async end(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writer?.once("exit", () => resolve());
    if (this.#writer?.kill("SIGKILL")) await promise;
    const all = [...(await this.acknowledged()).values()].reduce((sum, number) => sum + number, 0);
    await fs.rm(this.#place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    return all;
  }

  /** The last commit of each database that was acknowledged before now. */
  async acknowledged(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const name of databases) {
      const tail = await lastLine(path.join(this.#place, "journal", name));
      const number = Number(/^\S+ (\d+)$/.exec(tail)?.[1] ?? 0);
      if (number > 0) found.set(name, number);
    }
    return found;
  }

  async snapshot(id: string): Promise<z.infer<typeof resultSchema>> {
    const done = await this.#state(["snapshot", "--run", id, "--reason", "due"]);
    try {
      return resultSchema.parse(JSON.parse(done.stdout));
    } catch {
      return { outcome: "broken", problem: done.stderr.slice(-300) };
    }
  }

  async restore(snapshot: string): Promise<z.infer<typeof lookSchema> | undefined> {
    const target = path.join(this.#place, "restored");
    const env = {
      ...process.env,
      RESTIC_PASSWORD: password,
      RESTIC_REPOSITORY: this.#repository,
      RESTIC_CACHE_DIR: path.join(this.#place, "cache"),
    };
    const done = await run(this.#tools.restic, ["restore", snapshot, "--target", target, "--no-lock"], { env });
    if (done.code !== 0) return undefined;
    const found = await this.#look(path.join(target, "home", ".hermes"));
    await fs.rm(target, { recursive: true, force: true });
    return found;
  }

  /** What `cp` would take: each file, one after the other, as it is. */
  async rawCopy(): Promise<z.infer<typeof lookSchema>> {
    const target = path.join(this.#place, "raw");
    await fs.cp(this.#home, target, { recursive: true, force: true }).catch(() => {}); // a journal vanished meanwhile: as with cp
    const found = await this.#look(target);
    await fs.rm(target, { recursive: true, force: true });
    return found;
  }

  async #look(home: string): Promise<z.infer<typeof lookSchema>> {
    const { stdout } = await run(this.#python, [writer, "--look", home]);
    return lookSchema.parse(JSON.parse(stdout));
  }

  get #home(): string {
    return path.join(this.#place, "home", ".hermes");
  }

  get #repository(): string {
    return path.join(this.#place, "repository");
  }

  get #python(): string {
    return path.join(this.#tools.venv, "bin", "python3");
  }

  #state(words: readonly string[]) {
    const container = path.join(this.#copy, "container", "hermes");
    const env = {
      PATH: `${path.dirname(this.#tools.restic)}:${path.dirname(this.#python)}:/usr/bin:/bin`,
      HOME: path.join(this.#place, "home"),
      TALARIA_HOME: path.join(this.#place, "home"),
      TALARIA_WORKSPACE: path.join(this.#place, "workspace"),
      TALARIA_RUN: path.join(this.#place, "run"),
      HERMES_MANAGED_DIR: path.join(this.#place, "managed"),
      TALARIA_BIND: "127.0.0.1",
      TALARIA_URL: "http://127.0.0.1:9",
      TALARIA_REPOSITORY: this.#repository,
      RESTIC_PASSWORD: password,
    };
    return run(this.#python, [path.join(container, "bin", "talaria-state"), ...words], { env });
  }
}

async function lastLine(file: string): Promise<string> {
  const handle = await fs.open(file).catch(() => undefined);
  if (handle === undefined) return "";
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, Math.max(0, size - 200));
    const text = buffer.subarray(0, bytesRead).toString();
    return text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1) ?? "";
  } finally {
    await handle.close();
  }
}

/** The part of the report. */
export function sqlitePart(tally: SqliteTally): string[] {
  const { count, committed, made, restored, malformed, lacking, rawMalformed, rawLacking, problems } = tally;
  return [
    "## SQLite",
    "",
    `${count} snapshots by the state tool and restic while a writer committed ${committed.toLocaleString("en")} times to three databases (WAL, DELETE and TRUNCATE journal); each restored and checked. A raw copy was made just before each.`,
    "",
    "| | snapshots | databases | malformed | lacks acknowledged rows |",
    "| --- | ---: | ---: | ---: | ---: |",
    `| restored from a snapshot | ${restored} of ${made} | ${restored * databases.length} | ${malformed} | ${lacking} |`,
    `| raw copy | ${count} | ${count * databases.length} | ${rawMalformed} | ${rawLacking} |`,
    ...problems.slice(0, 20).map((problem) => `\n- ${problem}`),
    "",
  ];
}
