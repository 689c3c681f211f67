/** Processes that left their process group by setsid, found by a marker in their environment, or by what they have mounted. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Marks every process of an engine; the value begins with the engine's id, then the container's. */
const markerName = "TALARIA_ENGINE_PROCESS";

/** In place of a container's id: a `pulumi` that works on the engine, with its plugins and what they started. */
export const pulumiMark = "pulumi";
/** They take back what they have begun (a login in a folder, a build) and go; then they are killed. */
const pulumiMs = 5_000;

/** The variable that marks a process as one of an engine, or of one of its containers. */
export function markerEnv(engineId: string, containerId = ""): Record<string, string> {
  return { [markerName]: `${engineId}.${containerId}` };
}

/** The text to look for. An engine's is the beginning of each of its containers'. */
export function marker(engineId: string, containerId = ""): string {
  return `${markerName}=${engineId}.${containerId}`;
}

/** Ids of all processes of this user with `text` in their environment, this process excepted. */
export function processesWith(text: string): number[] {
  return fs.existsSync("/proc/self/environ") ? fromProc(text) : fromPs(text);
}

/** Ids of all processes that see the folder's workspace at the shared path: also those without the environment. */
function processesInside(folder: string): number[] {
  return fs.existsSync("/proc/self/mountinfo") ? fromProc(`/${path.basename(folder)}/workspace `, "mountinfo") : [];
}

function fromProc(text: string, file = "environ"): number[] {
  return fs.readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      return fs.readFileSync(`/proc/${entry}/${file}`, "latin1").includes(text) ? [pid] : [];
    } catch {
      return []; // ended meanwhile, or another user's
    }
  });
}

/** macOS shows the environment in `ps -E`. */
function fromPs(text: string): number[] {
  const table = execFileSync("ps", ["-A", "-E", "-ww", "-o", "pid=,command="], { maxBuffer: 64 << 20 }).toString();
  const pids = table
    .split("\n")
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
  return pids.filter((pid) => pid !== process.pid);
}

/** Sends a signal to a process, or to a whole group with a negative id. A process that has ended is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Kills all processes with the marker, those with `spare` excepted; again while new ones appear, at most five times. */
export function killStrays(text: string, spare?: string): void {
  for (let pass = 0; pass < 5; pass++) {
    const spared = spare === undefined ? [] : processesWith(spare);
    const pids = processesWith(text).filter((pid) => !spared.includes(pid));
    if (pids.length === 0) return;
    for (const pid of pids) signal(pid, "SIGKILL");
  }
}

/** Kills what still runs of a container whose folder this is; again while new ones appear, at most five times. */
export function killInside(folder: string): void {
  for (let pass = 0; pass < 5; pass++) {
    const pids = processesInside(folder);
    if (pids.length === 0) return;
    for (const pid of pids) signal(pid, "SIGKILL");
  }
}

/** Ends all processes of an engine, by its marker: a `pulumi` at work by what Ctrl-C sends, everything else at once. */
export async function endEngine(mark: string): Promise<void> {
  const guests = mark + pulumiMark;
  killStrays(mark, guests);
  for (const pid of processesWith(guests)) signal(pid, "SIGINT");
  const deadline = Date.now() + pulumiMs;
  while (processesWith(guests).length > 0 && Date.now() < deadline) await pause(100);
  killStrays(mark);
}
