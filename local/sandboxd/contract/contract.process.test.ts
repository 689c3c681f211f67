/** Replays the recorded exchanges of the real server. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Observed, send } from "./client.ts";
import { differences } from "./compare.ts";
import { leftOut, openedBefore, preparations, slow, withoutPause } from "./exchanges.ts";
import { type Exchange, readRecording, rewrite } from "./recording.ts";
import { openStage, type Stage } from "./stage.ts";

const pauseAfterStartMs = 500;
const headStartMs = 300;

const recording = readRecording();
const groups = Map.groupBy(recording, ({ group }) => group);

for (const [group, exchanges] of groups) {
  describe(`recorded exchanges: ${group}`, () => {
    let stage: Stage;
    const opened = new Map<string, Promise<Observed>>();
    const pids = new Map<string, string>();

    beforeAll(async () => {
      stage = await openStage();
    });
    afterAll(() => stage.close());

    for (const recorded of exchanges) {
      const { name } = recorded;
      const reason = process.env.SANDBOX_SERVER_URL ? undefined : leftOut[name];
      if (reason !== undefined) {
        it.skip(`${name} (left out: ${reason})`, () => {});
        continue;
      }
      it(name, async () => {
        await prepare(name, stage, pids);
        const exchange = stage.adapt(recorded);
        for (const early of exchanges.filter((other) => openedBefore[other.name] === name)) {
          opened.set(early.name, send(stage.url, stage.adapt(early)));
          await sleep(headStartMs);
        }
        const observed = await (opened.get(name) ?? send(stage.url, exchange));
        expect(differences(exchange, observed)).toEqual([]);
        pids.set(name, /"pid":(\d+)/.exec(observed.text)?.[1] ?? "");
        if (slow.has(name)) expect(observed.elapsedMs).toBeGreaterThan((recorded.elapsedMs ?? 0) / 2);
        await settle(recorded);
      });
    }
  });
}

describe("the table of exchanges", () => {
  it("names only exchanges that are recorded, and each once", () => {
    const names = recording.map(({ name }) => name);
    const tables = [leftOut, openedBefore, preparations].flatMap((table) => Object.keys(table));
    expect(
      [...tables, ...withoutPause, ...slow].filter((name) => names.filter((other) => other === name).length !== 1),
    ).toEqual([]);
  });

  it("counts what is left out", () => {
    const count = Object.keys(leftOut).length;
    console.log(
      `sandboxd: ${recording.length - count} of ${recording.length} exchanges are replayed, ${count} are left out`,
    );
    expect(count).toBeLessThan(recording.length / 10);
  });
});

async function prepare(name: string, stage: Stage, pids: ReadonlyMap<string, string>): Promise<void> {
  for (const { path, body, pauseMs } of preparations[name] ?? []) {
    const request = { method: "POST", path, body };
    const exchange = rewrite(stage.adapt({ group: "", name, request, answer: { status: 200 } }), (text) =>
      text.replace(/<pid of (.+?)>/, (_, start: string) => pids.get(start) ?? ""),
    );
    const observed = await send(stage.url, exchange);
    expect(observed.status, observed.text).toBe(200);
    expect(observed.text).toContain('"success":true');
    await sleep(pauseMs ?? 0);
  }
}

/** Only pauses after process starts lie between the recorded exchanges. */
async function settle({ name, request }: Exchange): Promise<void> {
  if (request.path !== "/api/process/start" || withoutPause.has(name)) return;
  await sleep(name.endsWith("start with timeoutMs") ? 2 * pauseAfterStartMs : pauseAfterStartMs);
}
