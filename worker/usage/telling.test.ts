import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Reading } from "./reading.ts";
import { tally } from "./tally.ts";
import { tellWhatIsCounted } from "./telling.ts";

const told: Reading[] = [];
const works: Promise<unknown>[] = [];
vi.mock("cloudflare:workers", () => ({ waitUntil: (work: Promise<unknown>) => void works.push(work) }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tells counts together, and goes on telling where the request that was to do it has ended before", async () => {
  tellWhatIsCounted(
    async (reading) => void told.push(reading),
    () => {},
  );
  tally.add("logEvents");
  tally.add("logEvents", 2);
  expect(works).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told).toMatchObject([{ of: "worker", counted: { logEvents: 3 } }]);

  vi.spyOn(globalThis, "setTimeout").mockReturnValueOnce(0 as never); // never comes: what waits for it is gone
  tally.add("logEvents");
  await vi.advanceTimersByTimeAsync(59_000);
  tally.add("logEvents");
  expect(told).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  tally.add("logEvents");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told[1]).toMatchObject({ counted: { logEvents: 6 } });
});
