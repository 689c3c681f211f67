/** Whether Cloudflare would take a cron expression: five fields, with its names of months and days, L, W and #. */

const fields = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] },
  { min: 1, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
] as const;

/** Days of the week count from 1 (Sunday) to 7, as Cloudflare counts them. */
export function isCron(expression: string): boolean {
  const parts = expression.trim().split(/\s+/);
  return parts.length === fields.length && fields.every((field, index) => isField(parts[index] ?? "", field, index));
}

function isField(text: string, field: (typeof fields)[number], index: number): boolean {
  return text.split(",").every((item) => {
    const [range = "", step, ...rest] = item.split("/");
    if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
    if (range === "*") return true;
    if (index === 2 && /^(L|LW|\d{1,2}W)$/.test(range)) return true;
    if (index === 4 && /^([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)?(L|#[1-5])$/i.test(range)) return true;
    const ends = range.split("-");
    return ends.length <= 2 && ends.every((end) => isValue(end, field));
  });
}

function isValue(text: string, { min, max, names }: (typeof fields)[number]): boolean {
  if ((names as readonly string[]).includes(text.toUpperCase())) return true;
  return /^\d{1,2}$/.test(text) && Number(text) >= min && Number(text) <= max;
}
