/** Amounts of what is counted in units, for people. */

const multiples: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6 };

/** `425 GiB-hours`, `1.3 million`; of less than a thousand or a million the number itself. */
export function inUnits(amount: number, unit: string): string {
  const of = multiples[unit.split(" ")[0] ?? ""];
  if (of === undefined || amount >= 1 || unit.includes(" ")) return `${short(amount)} ${unit}`;
  return String(Math.round(amount * of));
}

/** An amount with two digits or more: `425`, `46`, `2.0`, `0.33`; what has none before the third place is `<0.01`. */
export function short(amount: number): string {
  if (amount > 0 && amount < 0.01) return "<0.01";
  return amount >= 10 ? amount.toFixed(0) : amount.toPrecision(2);
}
