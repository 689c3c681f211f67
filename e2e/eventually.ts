import { setTimeout as pause } from "node:timers/promises";

/** Asks again and again until it is so; false when it is not so after `seconds`. */
export async function eventually(isSo: () => Promise<boolean>, seconds = 20): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(100)) if (await isSo()) return true;
  return isSo();
}
