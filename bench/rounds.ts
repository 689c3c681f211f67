/** Measures alternatives side by side, so that whatever else the machine does slows all of them alike. */

/** Something to measure; each call is one run and returns what was measured. */
export type Contender<T> = () => Promise<T>;

/** Runs all contenders once a round, every second round in reverse order. Returns each one's samples. */
export async function interleave<Name extends string, T>(
  rounds: number,
  contenders: Readonly<Record<Name, Contender<T>>>,
): Promise<Readonly<Record<Name, readonly T[]>>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) samples[name].push(await contenders[name]());
  }
  return samples;
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
