/**
 * Process between a local system and its dockerd: when the local system ends, however it ends, this process's stdin does, and
 * it ends dockerd and what dockerd left. Started detached as `node keeper.ts <root>`.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import { dockerPaths } from "./folders.ts";
import { systemProgram } from "./packages.ts";
import { lookBefore, removeTraces } from "./traces.ts";

/** dockerd gives each container its own time to stop. */
const graceMs = 30_000;

const paths = dockerPaths(process.argv[2] ?? "");
const before = await lookBefore();
const log = fs.openSync(paths.log, "w");
const dockerd = spawn(
  systemProgram("dockerd") ?? "dockerd",
  [
    ...["--host", `unix://${paths.socket}`, "--data-root", paths.data, "--exec-root", paths.exec],
    ...["--pidfile", paths.pidFile],
    // workerd wants a gateway on the bridge; what is published stays on loopback.
    ...["--bip", "172.17.0.1/16", "--ip", "127.0.0.1"],
  ],
  { stdio: ["ignore", log, log], detached: true, env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } },
);

const ended = new Promise<void>((resolve) => {
  dockerd.once("exit", () => resolve());
  dockerd.once("error", (error) => {
    fs.writeSync(log, `${error.message}\n`);
    resolve();
  });
});

const end = () => {
  dockerd.kill("SIGTERM");
  setTimeout(() => dockerd.kill("SIGKILL"), graceMs).unref();
};
process.stdin.resume().once("end", end).once("error", end);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, end);

await ended;
await removeTraces(before);
for (const leftover of [paths.socket, paths.pidFile]) fs.rmSync(leftover, { force: true });
process.exit(0);
