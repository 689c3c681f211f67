/** What a thief tries: everything that a process in the agent's container can send to the repository. */
import { createHash, randomBytes } from "node:crypto";
import { run } from "../../local/toolchain/run.ts";
import { addLyingIndex } from "./lie.ts";
import type { Loot } from "./loot.ts";

/** What he is after: keys in the bucket. */
export interface Prey {
  readonly config: string;
  readonly key: string;
  readonly snapshot: string;
  readonly index: string;
  readonly data: string;
  readonly lock: string;
}

/** Says how the repository answered. */
export interface Attempt {
  readonly name: string;
  readonly act: (loot: Loot, prey: Prey) => Promise<string>;
}

/** In hex. */
export const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

/** A request below `/snapshots/`; the answer's status. */
const asks =
  (method: string, path: (prey: Prey) => string, body?: (prey: Prey) => Uint8Array): Attempt["act"] =>
  async ({ url, credential }, prey) => {
    const basic = credential && Buffer.from(`${credential.username}:${credential.password}`).toString("base64");
    const content = body?.(prey);
    const response = await fetch(`${url}/${path(prey)}`, {
      method,
      headers: basic ? { authorization: `Basic ${basic}` } : {},
      ...(content && { body: Buffer.from(content) }),
    });
    await response.arrayBuffer();
    return String(response.status);
  };

/** restic itself, with the stolen password; its exit code. */
const runs =
  (...args: readonly string[]): Attempt["act"] =>
  async ({ url, credential, repositoryPassword, restic, folder }) => {
    if (credential === undefined) return "–";
    const env = {
      PATH: process.env.PATH ?? "",
      RESTIC_REPOSITORY: `rest:${url}/snapshots/`,
      RESTIC_PASSWORD: repositoryPassword,
      RESTIC_REST_USERNAME: credential.username,
      RESTIC_REST_PASSWORD: credential.password,
      RESTIC_CACHE_DIR: `${folder}/thief-cache`,
    };
    const { code } = await run(restic, [...args], { env, cwd: folder, timeoutMs: 10_000 });
    return code === 0 ? "done" : code === 124 ? "refused for 10 s, then ended" : `exit ${code}`;
  };

/** A size that no object of restic's has here. */
export const junkBytes = 499;
/** Nothing that restic could read. */
export const junk = () => randomBytes(junkBytes);
const put = (type: string, content: Uint8Array) =>
  asks(
    "POST",
    () => `snapshots/${type}/${sha256(content)}`,
    () => content,
  );

/** One after the other. */
export const attempts: readonly Attempt[] = [
  { name: "delete the promoted snapshot", act: asks("DELETE", ({ snapshot }) => `snapshots/${snapshot}`) },
  { name: "delete data", act: asks("DELETE", ({ data }) => `snapshots/data/${data.split("/").at(-1)}`) },
  { name: "delete an index object", act: asks("DELETE", ({ index }) => `snapshots/${index}`) },
  { name: "delete the key", act: asks("DELETE", ({ key }) => `snapshots/${key}`) },
  { name: "delete config", act: asks("DELETE", () => "snapshots/config") },
  { name: "delete the lock of a prune", act: asks("DELETE", ({ lock }) => `snapshots/${lock}`) },
  { name: "overwrite the promoted snapshot", act: asks("POST", ({ snapshot }) => `snapshots/${snapshot}`, junk) },
  { name: "overwrite data", act: asks("POST", ({ data }) => `snapshots/data/${data.split("/").at(-1)}`, junk) },
  {
    name: "truncate data to nothing",
    act: asks(
      "POST",
      ({ data }) => `snapshots/data/${data.split("/").at(-1)}`,
      () => new Uint8Array(),
    ),
  },
  { name: "overwrite an index object", act: asks("POST", ({ index }) => `snapshots/${index}`, junk) },
  { name: "overwrite config", act: asks("POST", () => "snapshots/config", junk) },
  {
    name: "make a new repository over it",
    act: asks(
      "POST",
      () => "snapshots/?create=true",
      () => new Uint8Array(),
    ),
  },
  { name: "add a key", act: put("keys", junk()) },
  { name: "add junk as data", act: put("data", junk()) },
  { name: "add junk as an index", act: put("index", junk()) },
  { name: "add an index that opens and lies", act: addLyingIndex },
  { name: "add junk as a snapshot", act: put("snapshots", junk()) },
  { name: "add a lock", act: put("locks", junk()) },
  { name: "read what is promoted", act: asks("GET", () => "snapshots/talaria/promoted.json") },
  { name: "write what is promoted", act: asks("POST", () => "snapshots/talaria/promoted.json", junk) },
  { name: "the same around a corner", act: asks("POST", () => "snapshots/data/%2e%2e/talaria/promoted.json", junk) },
  { name: "restic backup of an empty folder", act: runs("backup", "thief-cache", "--host", "talaria", "--force") },
  { name: "restic forget --keep-last 1 --prune", act: runs("forget", "--keep-last", "1", "--prune", "--group-by", "") },
  { name: "restic forget latest", act: runs("forget", "latest") },
  { name: "restic tag --set of all", act: runs("tag", "--set", "mine") },
  { name: "restic rewrite --forget of all", act: runs("rewrite", "--forget", "--exclude", "home") },
  { name: "restic repair index", act: runs("repair", "index") },
  {
    name: "restic key add, then remove the old one",
    act: runs("key", "add", "--new-insecure-no-password", "--insecure-no-password"),
  },
  { name: "restic unlock --remove-all", act: runs("unlock", "--remove-all") },
];
