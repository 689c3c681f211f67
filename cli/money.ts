/** Amounts of money, for people. */

/** Of nano-dollars: $12.34; of what is below a cent, what it takes to show it. */
export function dollars(nanos: number): string {
  const amount = nanos / 1_000_000_000;
  return `$${amount !== 0 && Math.abs(amount) < 0.01 ? amount.toPrecision(2) : amount.toFixed(2)}`;
}
