/** Waits that leave no timer behind: one that is pending keeps an object in memory. */

/** Whether the work settles in time. It goes on when it does not. @throws what the work throws in time */
export async function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the work gives. @throws Error that says what was waited for, where it takes longer */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  if (await settlesWithin(ms, work)) return work;
  throw new Error(`${what} within ${ms / 1_000} seconds`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
