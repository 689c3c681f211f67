/** Cron expressions as Cloudflare reads them: five fields, UTC, days of the week 1 (Sunday) to 7 (Saturday). */

/** The minutes at which an expression fires. */
export interface Cron {
  readonly expression: string;
  /** Whether the minute that contains `at` is one of them. */
  matches(at: Date): boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fields = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, words: months },
  { name: "day of the week", min: 1, max: 7, words: weekdays },
] as const satisfies readonly Field[];

/** Parses an expression. Throws with the field that is wrong. `L`, `W` and `#` are Cloudflare's alone and are refused. */
export function parseCron(expression: string): Cron {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== fields.length)
    throw new Error(`cron "${expression}" has ${parts.length} fields, expected 5: minute hour day month weekday (UTC)`);
  const [minute, hour, day, month, weekday] = fields.map((field, i) => parseField(field, parts[i] ?? "", expression));
  const [anyDay, anyWeekday] = [parts[2] === "*", parts[4] === "*"];
  return {
    expression,
    matches: (at) => {
      if (!minute?.has(at.getUTCMinutes()) || !hour?.has(at.getUTCHours())) return false;
      if (!month?.has(at.getUTCMonth() + 1)) return false;
      const onDay = day?.has(at.getUTCDate()) ?? false;
      const onWeekday = weekday?.has(at.getUTCDay() + 1) ?? false;
      if (anyDay) return onWeekday;
      return anyWeekday ? onDay : onDay || onWeekday; // both given: either one, as cron always did
    },
  };
}

function parseField(field: Field, text: string, expression: string): ReadonlySet<number> {
  const wrong = () => new Error(`cron "${expression}": "${text}" is not a ${field.name} (${field.min}-${field.max})`);
  const number = (word: string) => {
    const named = field.words?.indexOf(word.toLowerCase()) ?? -1;
    const value = named >= 0 ? named + field.min : /^\d+$/.test(word) ? Number(word) : Number.NaN;
    if (!(value >= field.min && value <= field.max)) throw wrong();
    return value;
  };
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const [range = "", stepText, extra] = item.split("/");
    const step = stepText === undefined ? 1 : Number(stepText);
    if (extra !== undefined || !Number.isInteger(step) || step < 1) throw wrong();
    const [from = "", to, more] = range.split("-");
    if (more !== undefined) throw wrong();
    const first = range === "*" ? field.min : number(from);
    const last = range === "*" || (to === undefined && stepText !== undefined) ? field.max : number(to ?? from);
    if (last < first) throw wrong();
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}
