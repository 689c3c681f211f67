/** How long Slack waits, and what that means for questions to the Agent. */

/** What {@link within} gives where the time is over. */
export const late = Symbol("late");

/** A promise's value, or {@link late}. The work goes on. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | typeof late> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), ms);
  });
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}

/** Asks the Agent once more where its object was reset in the middle. Only for questions that may be heard twice. */
export async function askedTwice<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch((error: unknown) => {
    if (!isRetryable(error)) throw error;
    return ask();
  });
}

/** What the platform says of an object that was reset, or moved. */
function isRetryable(error: unknown): boolean {
  return error instanceof Error && "retryable" in error && error.retryable === true;
}
