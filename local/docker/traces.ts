/** What dockerd leaves in the kernel when it ends: a bridge, firewall chains, packet forwarding. */
import fs from "node:fs";
import { run } from "../toolchain/run.ts";
import { systemProgram } from "./packages.ts";

const forwarding = "/proc/sys/net/ipv4/ip_forward";
const tables = ["nat", "filter"] as const;

/** The state to go back to. */
export interface Before {
  readonly forwarding: string;
  readonly forwardPolicy: string;
  readonly bridge: boolean;
}

/** Looks before dockerd starts. */
export async function lookBefore(): Promise<Before> {
  const rules = await iptables("filter", ["-S", "FORWARD"]);
  return {
    forwarding: fs.readFileSync(forwarding, "utf8").trim(),
    forwardPolicy: /^-P FORWARD (\w+)/m.exec(rules)?.[1] ?? "ACCEPT",
    bridge: fs.existsSync("/sys/class/net/docker0"),
  };
}

/** Takes away what came with dockerd, and nothing else: rules and chains of Docker's names, its bridge, forwarding. */
export async function removeTraces(before: Before): Promise<void> {
  if (before.bridge) return; // another daemon's bridge was there: its rules have the same names
  for (const table of tables) {
    const lines = (await iptables(table, ["-S"])).split("\n");
    for (const line of rulesToDelete(lines)) await iptables(table, line);
    for (const chain of chainsOf(lines)) await iptables(table, ["-X", chain]);
  }
  await iptables("filter", ["-P", "FORWARD", before.forwardPolicy]);
  await run("ip", ["link", "delete", "docker0"]);
  if (before.forwarding === "0") fs.writeFileSync(forwarding, "0");
}

/** `-A …` lines that Docker wrote, as arguments that delete them. */
export function rulesToDelete(lines: readonly string[]): string[][] {
  return lines
    .filter((line) => line.startsWith("-A ") && /\b(DOCKER[\w-]*|docker0)\b|172\.17\.0\.0\/16/.test(line))
    .map((line) => ["-D", ...line.split(" ").slice(1)]);
}

/** Docker's own chains. */
export function chainsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^-N (DOCKER[\w-]*)$/.exec(line)?.[1] ?? []);
}

async function iptables(table: string, args: readonly string[]): Promise<string> {
  return (await run(systemProgram("iptables") ?? "iptables", ["-t", table, ...args])).stdout;
}
