/** Amounts of money, for people. */

export const nanosPerDollar = 1_000_000_000;

/** Of nano-dollars: $12.34; of what is below a cent, what it takes to show it. */
export function dollars(nanos: number): string {
  const amount = nanos / nanosPerDollar;
  return `$${amount !== 0 && Math.abs(amount) < 0.01 ? amount.toPrecision(2) : amount.toFixed(2)}`;
}
