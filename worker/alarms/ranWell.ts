/** What last ran well, and when: the place to go back to when what runs now does not. Pure. */
import * as z from "zod";
import { moment } from "../words.ts";

/** What runs well for so long is worth going back to. */
const wellAfterMs = 10 * 60_000;
/** The end is written down so often. */
const notedEveryMs = 5 * 60_000;

const spellSchema = z.object({
  image: z.string(),
  declaration: z.string(),
  hermes: z.string().nullable(),
  /** Milliseconds since the epoch. */
  from: z.number(),
  until: z.number(),
});
type Spell = z.infer<typeof spellSchema>;

/** `now`: what runs well at the moment. `before`: another image or declaration that did, before it. */
export const ranWellSchema = z.object({ now: spellSchema.nullable(), before: spellSchema.nullable() });
export type RanWell = z.infer<typeof ranWellSchema>;

export const neverRanWell: RanWell = { now: null, before: null };

type Runs = Pick<Spell, "image" | "declaration" | "hermes">;
const isSame = (one: Runs, other: Runs) => one.image === other.image && one.declaration === other.declaration;

/** After a look that found nothing urgent; the same object where nothing is worth writing down. */
export function withLook(well: RanWell, runs: Runs, now: number): RanWell {
  const { now: spell } = well;
  if (spell === null || !isSame(spell, runs)) {
    return { now: { ...runs, from: now, until: now }, before: lasted(spell) ? spell : well.before };
  }
  if (now - spell.until < notedEveryMs && now >= spell.until) return well;
  return { ...well, now: { ...spell, hermes: runs.hermes, until: now } };
}

/** The last that ran well for a while, whatever runs now. */
export function lastGood({ now, before }: RanWell): Spell | null {
  return lasted(now) ? now : before;
}

/** A sentence for an alarm of a bot that does not come up; undefined where there is nothing to go back to. */
export function wayBack(well: RanWell, runs: Pick<Runs, "image" | "declaration">, stack: string): string | undefined {
  const good = lastGood(well);
  if (good === null) return undefined;
  const version = good.hermes === null ? "" : ` (Hermes ${good.hermes})`;
  const when = `from ${moment(good.from)} to ${moment(good.until)}`;
  if (good.image !== runs.image) {
    return `Another image ran well${version} ${when}: ./talaria rollback --stack ${stack} puts it back.`;
  }
  if (good.declaration !== runs.declaration) {
    return `The same image ran well with another declaration ${when}: take back the last change of its configuration, then pulumi up.`;
  }
  return `The same image and declaration ran well ${when}.`;
}

function lasted(spell: Spell | null): spell is Spell {
  return spell !== null && spell.until - spell.from >= wellAfterMs;
}
