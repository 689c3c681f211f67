import { describe, expect, it } from "vitest";
import { RunQueue } from "./runQueue.ts";

describe("the run queue", () => {
  it("runs up to its limit, lets as many wait, and refuses the rest with 429", async () => {
    const queue = new RunQueue(2, 60_000);
    const [leaveFirst] = await Promise.all([queue.enter(), queue.enter()]);
    const third = queue.enter();
    const fourth = queue.enter();
    expect([queue.active, queue.queued]).toEqual([2, 2]);
    await expect(queue.enter()).rejects.toMatchObject({ code: "busy", status: 429, details: { retryAfter: 5 } });
    leaveFirst();
    const leaveThird = await third;
    leaveThird();
    await fourth;
    expect([queue.active, queue.queued]).toEqual([2, 0]);
  });

  it("tells of the next moment without a run, or when it has waited long enough", async () => {
    const queue = new RunQueue(1, 60_000);
    await queue.quiet(60_000);
    const leaveFirst = await queue.enter();
    const second = queue.enter();
    let isQuiet = false;
    const quiet = queue.quiet(60_000).then(() => {
      isQuiet = true;
    });
    leaveFirst(); // its place goes to the second at once
    const leaveSecond = await second;
    await queue.quiet(1);
    expect([isQuiet, queue.active]).toEqual([false, 1]);
    leaveSecond();
    await quiet;
    expect(queue.active).toBe(0);
  });

  it("counts a place that is given back twice once", async () => {
    const queue = new RunQueue(1, 60_000);
    const leave = await queue.enter();
    leave();
    leave();
    expect(queue.active).toBe(0);
  });

  it("refuses who waited too long, and forgets a client who leaves", async () => {
    const queue = new RunQueue(1, 5);
    await queue.enter();
    await expect(queue.enter()).rejects.toMatchObject({ code: "busy" });
    const client = new AbortController();
    const waiting = queue.enter(client.signal);
    client.abort();
    await expect(waiting).rejects.toThrow(/left the queue/);
    expect(queue.queued).toBe(0);
  });
});
