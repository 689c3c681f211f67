/** Value ranges of the five fields: minute, hour, day of month, month, day of week (1 = Sunday at Cloudflare). */
const ranges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
] as const;
const names = /^(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)$/i;

/** Whether Cloudflare takes this as a cron expression: five fields of numbers, names, ranges, lists and steps. */
export function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return (
    fields.length === ranges.length &&
    fields.every((field, at) => field.split(",").every((item) => isItem(item, ranges[at] ?? [0, 0])))
  );
}

function isItem(item: string, range: readonly [number, number]): boolean {
  const [base = "", step, ...more] = item.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
  if (base === "*") return true;
  const ends = base.split("-");
  return ends.length <= 2 && ends.every((end) => isValue(end, range));
}

function isValue(text: string, [least, most]: readonly [number, number]): boolean {
  if (names.test(text)) return most <= 12;
  const special = /^(?:(\d{1,2})?L|(\d{1,2})W|([1-7])#[1-5])$/.exec(text);
  if (special !== null) return most === 31 || most === 7;
  return /^\d{1,2}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
