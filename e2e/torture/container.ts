/** What one container of a torture looks like from outside: its folder, its processes, its runs. */
import fs from "node:fs";
import path from "node:path";

/** A living container of the process engine. */
export interface Container {
  /** Process id of its first process. */
  readonly pid: number;
  readonly root: string;
  readonly run: string;
}

/** Containers whose environment holds this text. */
export function containersWith(text: string): Container[] {
  return pids().flatMap((pid) => {
    if (!commandOf(pid).includes("bin/talaria-init")) return [];
    const environment = environmentOf(pid);
    if (!environment.includes(text)) return [];
    const run = variable(environment, "TALARIA_RUN");
    return run === undefined ? [] : [{ pid, run, root: path.resolve(run, "../..") }];
  });
}

/** What to kill. */
export type Victim = "restic" | "state" | "gateway" | "container";

/** Processes of a container, by what they are. */
export function victims({ pid, root }: Container, victim: Victim): number[] {
  if (victim === "container") return [pid];
  return pids().filter((one) => words[victim].test(commandOf(one)) && environmentOf(one).includes(`${root}/`));
}

/** How their command lines look. */
const words = {
  restic: /(^|\/)restic (backup|restore|init|snapshots|cat) /,
  state: /bin\/talaria-state (snapshot|restore|list) /,
  gateway: /hermes gateway run /,
} as const satisfies Record<Exclude<Victim, "container">, RegExp>;

/** SIGKILL, each by its id. Returns how many there were. */
export function kill(found: readonly number[]): number {
  let killed = 0;
  for (const pid of found) {
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch {
      // ended by itself meanwhile
    }
  }
  return killed;
}

function pids(): number[] {
  return fs.readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function commandOf(pid: number): string {
  return `${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")} `;
}

function environmentOf(pid: number): string {
  return read(`/proc/${pid}/environ`);
}

function variable(environment: string, name: string): string | undefined {
  return environment
    .split("\0")
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "latin1");
  } catch {
    return ""; // the process is gone, or is not ours
  }
}
