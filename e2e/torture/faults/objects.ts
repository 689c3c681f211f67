/** Objects of the bucket that rot, or are gone, when a fresh container needs them. */
import { type Fault, Missed } from "../fault.ts";
import type { Random } from "../random.ts";
import type { Stage } from "../stage.ts";

type Choose = (stage: Stage, random: Random) => Promise<string | undefined>;

const newest: (prefix: string) => Choose = (prefix) => async (stage) =>
  (await stage.keys(prefix)).sort((a, b) => a.uploaded.localeCompare(b.uploaded)).at(-1)?.key;
const any: (prefix: string) => Choose = (prefix) => async (stage, random) => {
  const keys = await stage.keys(prefix);
  return keys.length === 0 ? undefined : random.pick(keys).key;
};
const promoted: (key: (id: string) => string) => Choose = (key) => async (stage) => {
  const { memory } = await stage.status();
  return memory.promoted === null ? undefined : key(memory.promoted.id);
};

/** What the bot may do: mend it and go on with the newest memory, or fall back, and wait for a hand where every snapshot needs it. */
type Most = "mends" | "falls back";

const kinds: readonly { readonly name: string; readonly choose: Choose; readonly most: Most }[] = [
  { name: "newest data", choose: newest("data/"), most: "falls back" },
  { name: "any data", choose: any("data/"), most: "falls back" },
  { name: "newest index", choose: newest("index/"), most: "mends" },
  { name: "any index", choose: any("index/"), most: "mends" },
  { name: "the promoted snapshot", choose: promoted((id) => `snapshots/${id}`), most: "mends" },
  { name: "another snapshot", choose: any("snapshots/"), most: "mends" },
  { name: "key", choose: any("keys/"), most: "mends" },
  { name: "config", choose: async () => "config", most: "mends" },
  { name: "promoted.json", choose: async () => "talaria/promoted.json", most: "mends" },
  { name: "the promoted record", choose: promoted((id) => `talaria/snapshots/${id}.json`), most: "mends" },
];

/** One bit of each kind of object, and each kind of object missing. */
export function objects(): Fault[] {
  return kinds.flatMap(({ name, choose, most }) => [
    fault("a flipped bit", name, choose, most, (content, random) => flipped(content, random)),
    fault("an object gone", name, choose, most, () => undefined),
  ]);
}

function fault(
  kind: Fault["kind"],
  name: string,
  choose: Choose,
  most: Most,
  spoil: (content: Buffer, random: Random) => Buffer | undefined,
): Fault {
  let before: { readonly key: string; readonly content: Buffer } | undefined;
  return {
    kind,
    at: `restore, ${name}`,
    verb: "restore",
    needsHand: most === "falls back",
    fallsBack: most === "falls back",
    losesData: most === "falls back",
    async arm(stage, random) {
      const key = await choose(stage, random);
      const content = key === undefined ? undefined : await stage.object(key);
      if (key === undefined || content === undefined || content.length === 0) throw new Missed(`no ${name}`);
      before = { key, content };
      await stage.put(key, spoil(content, random));
    },
    async mend(stage) {
      if (before === undefined) return;
      // promoted.json and records are written again by a bot that goes on: only restic's objects are put back.
      if (!before.key.startsWith("talaria/")) await stage.put(before.key, before.content);
      before = undefined;
    },
  };
}

function flipped(content: Buffer, random: Random): Buffer {
  const spoiled = Buffer.from(content);
  const at = random.below(spoiled.length);
  spoiled[at] = (spoiled[at] ?? 0) ^ (1 << random.below(8));
  return spoiled;
}
