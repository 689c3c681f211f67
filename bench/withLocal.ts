/** A local system for the time of a bench. */
import { type LocalSystem, startLocal } from "../e2e/harness.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** Starts one, calls `work`, and ends it with all that lies in its state folder, also when the bench is interrupted. */
export async function withLocal(work: (local: LocalSystem) => Promise<void>): Promise<void> {
  const local = await startLocal();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = () => reject(new Error("interrupted"));
  for (const signal of signals) process.once(signal, interrupt);
  try {
    await Promise.race([work(local), interrupted]);
  } finally {
    await local.stop();
    for (const signal of signals) process.off(signal, interrupt);
  }
}
