import { describe, expect, it } from "vitest";
import { Tally } from "./tally.ts";

describe("what an isolate has used", () => {
  it("is one count from 0 up, of one source, and calls whoever tells it at each count", () => {
    const tally = new Tally();
    let woken = 0;
    tally.whenCounted = () => {
      woken += 1;
    };
    tally.add("workerRequests");
    const first = tally.reading;
    tally.add("r2BytesIn", 500);
    tally.add("workerRequests");
    expect(first).toMatchObject({ of: "worker", counted: { workerRequests: 1 } });
    expect(tally.reading).toEqual({ ...first, counted: { workerRequests: 2, r2BytesIn: 500 } });
    expect(new Tally().reading.source).not.toBe(first.source);
    expect(woken).toBe(3);
  });
});
