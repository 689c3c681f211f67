import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { tally } from "./tally.ts";
import { tellWhatIsCounted } from "./telling.ts";

const told: unknown[] = [];
const works: Promise<unknown>[] = [];
vi.mock("cloudflare:workers", () => ({ env: {}, waitUntil: (work: Promise<unknown>) => void works.push(work) }));
vi.mock("./tell.ts", () => ({ tellUsage: async (_env: unknown, reading: unknown) => void told.push(reading) }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tells counts together, and goes on telling where the request that was to do it has ended before", async () => {
  tellWhatIsCounted(() => {});
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
