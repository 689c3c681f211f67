/** What the stand-in says that it found and committed: see `container/bin/hermes`. */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";

const countsSchema = z.record(z.string(), z.record(z.string(), z.number()));
/** Place (a database, `MEMORY.md`) → life → how many entries. */
export type Counts = z.infer<typeof countsSchema>;

const foundSchema = z.object({
  found: z.object({ entries: countsSchema, ballast: z.number(), skills: z.number(), wrong: z.array(z.string()) }),
  marker: z.looseObject({ phase: z.string(), boot: z.string(), snapshot: z.string().nullish() }),
  at: z.number(),
});
const ackSchema = z.object({ in: z.string(), number: z.number(), at: z.number() });

/** One run of the stand-in. */
export interface Life extends z.infer<typeof foundSchema> {
  readonly life: string;
  /** In the order in which they were told. */
  readonly acks: readonly z.infer<typeof ackSchema>[];
}

/** All lives, the oldest first. A line that was cut by a kill does not count. */
export function readLives(folder: string): Life[] {
  const lives = fs.readdirSync(folder).flatMap((name) => {
    const [first = "", ...lines] = fs.readFileSync(path.join(folder, name), "utf8").split("\n");
    const found = foundSchema.safeParse(parse(first));
    if (!found.success) return [];
    const acks = lines.flatMap((line) => ackSchema.safeParse(parse(line)).data ?? []);
    return [{ ...found.data, life: name.slice(0, -".jsonl".length), acks }];
  });
  return lives.sort((a, b) => a.at - b.at);
}

/** What must be in a snapshot whose run began at `moment` (ms): everything that was acknowledged before, and what was there. */
export function mustHold(lives: readonly Life[], moment: number): Counts {
  const life = lives.filter(({ at }) => at <= moment).at(-1);
  if (life === undefined) return {};
  const counts: Counts = structuredClone(life.found.entries);
  for (const ack of life.acks) {
    if (ack.at > moment) continue;
    const place = counts[ack.in] ?? {};
    place[life.life] = Math.max(place[life.life] ?? 0, ack.number);
    counts[ack.in] = place;
  }
  return counts;
}

/** What is missing of what must be there. */
export function missing(must: Counts, found: Counts): string[] {
  return Object.entries(must).flatMap(([place, lives]) =>
    Object.entries(lives).flatMap(([life, count]) => {
      const there = found[place]?.[life] ?? 0;
      return there >= count ? [] : [`${place} has ${there} of ${count} entries of ${life}`];
    }),
  );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // cut by a kill
  }
}
