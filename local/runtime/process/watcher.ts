/**
 * A process of its own that outlives a SIGKILL of the engine's process: it is told what exists, one line each, and
 * when its stdin ends it ends that. Started detached as `node watcher.ts <marker>`.
 *
 *   +123  process group 123 runs        -123  it has ended
 *   p123  process 123 (a workerd) runs  f/x   folder /x exists
 */
import fs from "node:fs";
import readline from "node:readline";
import { endEngine, killInside, signal } from "./strays.ts";

const [mark] = process.argv.slice(2);
if (!mark) throw new Error("usage: node watcher.ts <marker>");

const groups = new Set<number>();
const processes = new Set<number>();
const folders = new Set<string>();

process
  .on("SIGINT", () => {})
  .on("SIGTERM", () => {})
  .on("SIGHUP", () => {});

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [kind, rest] = [line[0], line.slice(1)];
  if (kind === "+") groups.add(Number(rest));
  else if (kind === "-") groups.delete(Number(rest));
  else if (kind === "p") processes.add(Number(rest));
  else if (kind === "q") processes.delete(Number(rest));
  else if (kind === "f") folders.add(rest);
});
lines.on("close", async () => {
  for (const pid of processes) signal(pid, "SIGKILL");
  for (const group of groups) signal(-group, "SIGKILL");
  await endEngine(mark);
  for (const folder of folders) killInside(folder);
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
