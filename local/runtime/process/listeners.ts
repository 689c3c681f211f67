/** Explains a refused connection: does a process of the container listen on 127.0.0.1 only? */
import fs from "node:fs";
import { processesWith } from "./strays.ts";

/** State LISTEN in /proc/net/tcp. */
const listening = "0A";

/**
 * Whether a process with `text` in its environment listens on 127.0.0.1:`port`.
 * @returns undefined where the system cannot tell (no /proc).
 */
export function listensOnLocalhostOnly(text: string, port: number): boolean | undefined {
  if (!fs.existsSync("/proc/net/tcp")) return undefined;
  const sockets = new Set(
    fs
      .readFileSync("/proc/net/tcp", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === listening && fields[1] === `0100007F:${hex(port)}`)
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return sockets.size > 0 && processesWith(text).some((pid) => holds(pid, sockets));
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

function holds(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return fs.readdirSync(folder).some((entry) => sockets.has(fs.readlinkSync(`${folder}/${entry}`)));
  } catch {
    return false; // ended meanwhile
  }
}
