/** What comes back from the repository, between container and Worker: late, half, refused. */
import type { Mishap } from "../door.ts";
import { type Fault, Missed } from "../fault.ts";
import type { Verb } from "../moments.ts";

const mishaps: readonly { readonly name: string; readonly mishap: Mishap; readonly times: number }[] = [
  { name: "2 s late", mishap: { act: "slow", ms: 2_000 }, times: 1 },
  { name: "429", mishap: { act: "status", status: 429 }, times: 2 },
  { name: "500", mishap: { act: "status", status: 500 }, times: 2 },
  { name: "503", mishap: { act: "status", status: 503 }, times: 2 },
  { name: "request cut half-way", mishap: { act: "cutRequest", after: 300 }, times: 1 },
  { name: "answer cut half-way", mishap: { act: "cutAnswer", after: 30 }, times: 1 },
];

const requests: readonly {
  readonly verb: Verb;
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
}[] = [
  { verb: "snapshot", name: "config", method: "GET", path: /\/snapshots\/config$/ },
  { verb: "snapshot", name: "storing a lock", method: "POST", path: /\/snapshots\/locks\/./ },
  { verb: "snapshot", name: "the list of index objects", method: "GET", path: /\/snapshots\/index\/$/ },
  { verb: "snapshot", name: "storing data", method: "POST", path: /\/snapshots\/data\/./ },
  { verb: "snapshot", name: "storing the index", method: "POST", path: /\/snapshots\/index\/./ },
  { verb: "snapshot", name: "storing the snapshot", method: "POST", path: /\/snapshots\/snapshots\/./ },
  { verb: "restore", name: "a key", method: "GET", path: /\/snapshots\/keys\/./ },
  { verb: "restore", name: "the snapshot", method: "GET", path: /\/snapshots\/snapshots\/./ },
  { verb: "restore", name: "an index object", method: "GET", path: /\/snapshots\/index\/./ },
  { verb: "restore", name: "data", method: "GET", path: /\/snapshots\/data\/./ },
];

export function answers(): Fault[] {
  return requests.flatMap(({ verb, name, method, path }) =>
    mishaps
      .filter(({ mishap }) => mishap.act !== "cutRequest" || method === "POST")
      .map(({ name: how, mishap, times }) => ({
        kind: "the repository's answer",
        at: `${verb}, ${name}: ${how}`,
        verb,
        arm: async (stage) => stage.door.set([{ method, path, mishap, times }]),
        async mend(stage) {
          const { met } = stage.door;
          stage.door.set([]);
          if (met === 0) throw new Missed("no such request");
        },
      })),
  );
}
