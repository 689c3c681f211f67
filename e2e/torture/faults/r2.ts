/** R2 itself fails, or is slow: under the repository, and under the Agent's own records. */
import type { Fault } from "../fault.ts";
import { Missed } from "../fault.ts";
import type { Verb } from "../moments.ts";
import type { R2Rule } from "../stage.ts";

const places: readonly { readonly verb: Verb; readonly name: string; readonly rule: Omit<R2Rule, "act"> }[] = [
  { verb: "snapshot", name: "put of data", rule: { who: "repository", op: "put", key: "data/" } },
  { verb: "snapshot", name: "put of the index", rule: { who: "repository", op: "put", key: "index/" } },
  { verb: "snapshot", name: "put of the snapshot", rule: { who: "repository", op: "put", key: "snapshots/" } },
  { verb: "snapshot", name: "list of the index", rule: { who: "repository", op: "list", key: "index/" } },
  { verb: "snapshot", name: "the Agent's look at the snapshot", rule: { who: "agent", op: "get", key: "snapshots/" } },
  { verb: "snapshot", name: "put of the Agent's record", rule: { who: "agent", op: "put", key: "talaria/snapshots/" } },
  { verb: "snapshot", name: "put of promoted.json", rule: { who: "agent", op: "put", key: "talaria/promoted.json" } },
  { verb: "restore", name: "get of promoted.json", rule: { who: "agent", op: "get", key: "talaria/promoted.json" } },
  { verb: "restore", name: "get of the index", rule: { who: "repository", op: "get", key: "index/" } },
  { verb: "restore", name: "get of data", rule: { who: "repository", op: "get", key: "data/" } },
];

export function r2(): Fault[] {
  return places.flatMap(({ verb, name, rule }) =>
    (["fail", "slow"] as const).map((act) => ({
      kind: "R2",
      at: `${verb}, ${name}: ${act === "fail" ? "fails" : "2 s late"}`,
      verb,
      arm: async (stage) => void (await stage.r2([{ ...rule, act, ms: 2_000, times: 1 }])),
      async mend(stage) {
        const before = await stage.r2([]);
        if (before.left > 0) throw new Missed("no such request");
      },
    })),
  );
}
