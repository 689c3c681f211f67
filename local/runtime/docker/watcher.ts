/**
 * A process of its own that outlives a SIGKILL of the engine's process: when its stdin ends it ends that engine's
 * workerds and removes what the engine made in the daemon. Started detached as
 * `node watcher.ts <marker> <daemon's socket> <engine id>`.
 *
 *   f/x  folder /x exists     ix  image x was brought into the daemon     rx  images of the registry x are ours
 */
import fs from "node:fs";
import readline from "node:readline";
import { endEngine } from "../process/strays.ts";
import { DockerClient } from "./dockerClient.ts";
import { imagesOf, sweep } from "./sweep.ts";

const [mark, daemon, engineId] = process.argv.slice(2);
if (!mark || !daemon || !engineId) throw new Error("usage: node watcher.ts <marker> <daemon's socket> <engine id>");

const images = new Set<string>();
const folders = new Set<string>();
const registries = new Set<string>();

process
  .on("SIGINT", () => {})
  .on("SIGTERM", () => {})
  .on("SIGHUP", () => {});

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line[0] === "f") folders.add(line.slice(1));
  else if (line[0] === "i") images.add(line.slice(1));
  else if (line[0] === "r") registries.add(line.slice(1));
});
lines.on("close", async () => {
  await endEngine(mark);
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
  try {
    const docker = new DockerClient(daemon);
    await sweep(docker, engineId, [...images, ...(await imagesOf(docker, [...registries]))]);
  } catch {
    process.exitCode = 1; // the daemon has ended first; the next engine's start removes what is left
  }
});
