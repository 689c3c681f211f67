/** What may never be forgotten (I6), and what the policy keeps of it. Pure; `care.ts` acts on it. */
import type { SnapshotPolicy } from "../declarationSchema.ts";
import { byPromotion, type Promoted, type SnapshotRecord } from "./record.ts";

/** The newest promoted ones stay whatever the policy says: a restore that finds one bad takes the one before. */
const newestGood = 3;
/** Upgrades whose snapshot stays, so that image and state can go back together. */
const upgrades = 3;

type Keep = SnapshotPolicy["keep"];

/** Hours, days, weeks (from Monday) and months of a moment, in UTC. */
const periods: readonly [Exclude<keyof Keep, "last">, (at: Date) => string][] = [
  ["hourly", (at) => at.toISOString().slice(0, 13)],
  ["daily", (at) => at.toISOString().slice(0, 10)],
  ["weekly", (at) => String(Math.floor((at.getTime() / 86_400_000 + 3) / 7))],
  ["monthly", (at) => at.toISOString().slice(0, 7)],
];

/**
 * Ids that care must not forget: the memory itself, the newest good ones, those of upgrades, and all that the policy keeps
 * of what was promoted. restic's own policy counts every snapshot in the bucket by the time that it claims, so that whoever
 * may add snapshots could crowd out the good ones; here only the Agent's books and clock count.
 */
export function protectedIds(
  records: readonly SnapshotRecord[],
  promoted: Promoted | null,
  keep: Keep,
): ReadonlySet<string> {
  const good = byPromotion(records).filter(({ verdict }) => verdict === "promoted");
  return new Set([
    ...(promoted === null ? [] : [promoted.current]),
    ...good.slice(0, newestGood).map(({ id }) => id),
    ...good
      .filter(({ reason }) => reason === "upgrade")
      .slice(0, upgrades)
      .map(({ id }) => id),
    ...keptByPolicy(good, keep),
  ]);
}

/** The last ones, and the last one of each of so many hours, days, weeks and months that have any. */
export function keptByPolicy(records: readonly SnapshotRecord[], keep: Keep): string[] {
  const newestFirst = [...records].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const kept = newestFirst.slice(0, keep.last).map(({ id }) => id);
  for (const [period, nameOf] of periods) {
    const seen = new Set<string>();
    for (const { id, at } of newestFirst) {
      const name = nameOf(new Date(at));
      if (seen.has(name) || seen.size >= keep[period]) continue;
      seen.add(name);
      kept.push(id);
    }
  }
  return kept;
}
