/** Questions about operating system processes, and the two ways in which the real server ends them. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const graceMs = 5000;
const pollMs = 50;

/** How a kill went: by SIGTERM, by SIGKILL, or not at all within ten seconds. */
export type Ending = "terminated" | "killed" | "survived";

/** Ends a process group. SIGKILL follows only while the *leader* lives, so a child that ignores SIGTERM may survive it. */
export async function endGroup(leader: number): Promise<Ending> {
  return end(
    (signal) => send(-leader, signal),
    () => isAlive(leader),
  );
}

/** Ends a process and all its descendants, children first. Whoever has another parent by now survives. */
export async function endTree(root: number): Promise<Ending> {
  const tree = [...descendants(root).reverse(), root];
  return end(
    (signal) => {
      for (const pid of tree) send(pid, signal);
    },
    () => tree.some(isAlive),
  );
}

/** Sends SIGKILL to a process and all its descendants without waiting. */
export function killTree(root: number): void {
  for (const pid of [...descendants(root).reverse(), root]) send(pid, "SIGKILL");
}

/** Whether a process exists and is not just waiting to be reaped. */
export function isAlive(pid: number): boolean {
  if (!send(pid, 0)) return false;
  try {
    return !/^\d+ \(.*\) Z /s.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return process.platform !== "linux"; // without /proc the signal is all there is to ask
  }
}

async function end(signalAll: (signal: NodeJS.Signals) => void, alive: () => boolean): Promise<Ending> {
  signalAll("SIGTERM");
  if (await gone(alive)) return "terminated";
  signalAll("SIGKILL");
  return (await gone(alive)) ? "killed" : "survived";
}

async function gone(alive: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < graceMs; waited += pollMs) {
    await sleep(pollMs);
    if (!alive()) return true;
  }
  return false;
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // it has ended, which is what the caller wants to know or to reach
  }
}

function descendants(root: number): number[] {
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent);
  const found: number[] = [];
  for (let next = [root]; next.length > 0; ) {
    next = next.flatMap((pid) => (children.get(pid) ?? []).map((child) => child.pid));
    found.push(...next);
  }
  return found;
}

function allProcesses(): { pid: number; parent: number }[] {
  if (process.platform !== "linux")
    return parsePairs(execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }));
  return fs.readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "latin1");
      return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")") + 4).split(" ", 1)[0]) }];
    } catch {
      return []; // it ended between the two reads
    }
  });
}

function parsePairs(text: string): { pid: number; parent: number }[] {
  return text.split("\n").flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid && parent !== undefined ? [{ pid, parent }] : [];
  });
}
