/** Finds what belongs to a running system, also after its daemon was killed. Linux: the process engine runs nowhere else. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** How long a watcher has for its work. */
const watcherMs = 30_000;

const marker = "TALARIA_ENGINE_PROCESS=";
/** `TALARIA_ENGINE_PROCESS=<engine>.<container id>`, as containers have it. */
const inContainer = /TALARIA_ENGINE_PROCESS=(\w+)\.([0-9a-f]{12})/;
const engineRoot = path.join("/tmp", `talaria-${os.userInfo().uid}`);

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Command line and environment. */
  readonly text: string;
}

/** The system whose state lies in a folder. It remembers engines and containers, so that what they leave is found. */
export class System {
  private readonly stateDir: string;
  private readonly engines = new Set<string>();
  private readonly containers = new Set<string>();

  constructor(stateDir: string) {
    this.stateDir = stateDir;
  }

  /** Notes the engine and the containers of a daemon. */
  async remember(daemonPid: number): Promise<void> {
    for (const { parent, text } of await allProcesses()) {
      if (parent !== daemonPid) continue;
      const id = text.split(marker)[1]?.split(".")[0];
      if (id !== undefined) this.engines.add(id);
    }
    await this.processes();
  }

  async processes(): Promise<readonly number[]> {
    const all = await allProcesses();
    const ofState = (text: string) => text.includes(`TALARIA_STATE_DIR=${this.stateDir}\0`);
    for (const { text } of all) {
      const id = ofState(text) ? text.split(marker)[1]?.split(".")[0] : undefined;
      if (id !== undefined) this.engines.add(id);
    }
    const own = all.filter(
      ({ text }) => ofState(text) || [...this.engines].some((id) => text.includes(`${marker}${id}.`)),
    );
    for (const { text } of own) {
      const container = inContainer.exec(text)?.[2];
      if (container !== undefined) this.containers.add(container);
    }
    return own.map(({ pid }) => pid);
  }

  async folders(): Promise<readonly string[]> {
    const names = [...[...this.engines].map((id) => `engine-${id}`), ...this.containers];
    const there = await fs.readdir(engineRoot).catch(() => []);
    return there.filter((name) => names.includes(name)).map((name) => path.join(engineRoot, name));
  }

  /**
   * Kills what is left, again while new processes appear (five times at most), and removes its folders. A watcher that still
   * removes what a daemon left behind, which had to be killed, is let finish: nobody else would.
   */
  async kill(): Promise<void> {
    for (const end = Date.now() + watcherMs; Date.now() < end; await pause(200))
      if ((await this.processes()).length === 0) break;
    for (let pass = 0; pass < 5; pass++) {
      const pids = await this.processes();
      if (pids.length === 0) break;
      for (const pid of pids) killOne(pid);
      await pause(200);
    }
    for (const folder of await this.folders()) await fs.rm(folder, { recursive: true, force: true });
  }
}

async function allProcesses(): Promise<readonly Process[]> {
  const pids = (await fs.readdir("/proc")).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const found = await Promise.all(pids.map(readProcess));
  return found.filter((one) => one !== undefined);
}

/** Undefined when it ended meanwhile, is a zombie, or belongs to another user. */
async function readProcess(pid: number): Promise<Process | undefined> {
  try {
    const parts = ["stat", "cmdline", "environ"].map((part) => fs.readFile(`/proc/${pid}/${part}`, "latin1"));
    const [stat = "", cmdline = "", environ = ""] = await Promise.all(parts);
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid, parent: Number(parent), text: `${cmdline}\0${environ}` };
  } catch {
    return undefined;
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
