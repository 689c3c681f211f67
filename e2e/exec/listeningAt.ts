import fs from "node:fs/promises";

/** Ports of an IPv4 address of this machine that something listens on; Linux. */
export async function listeningAt(address: string): Promise<readonly number[]> {
  const hex = address
    .split(".")
    .reverse()
    .map((byte) => Number(byte).toString(16).padStart(2, "0"))
    .join("");
  const listens = new RegExp(`: ${hex}:([0-9A-F]{4}) 00000000:0000 0A `, "gi");
  return [...(await fs.readFile("/proc/net/tcp", "utf8")).matchAll(listens)].map(([, port]) => Number(`0x${port}`));
}
