/** What containers of the process engine used, as their objects count it over the real SDK, told to a real book. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { type Boxes, startBoxes } from "./boxes.ts";
import { eventually } from "./eventually.ts";

type BoxName = "agent" | "care";

let boxes: Boxes;
beforeAll(async () => {
  boxes = await startBoxes();
});
afterAll(() => boxes?.stop());

async function ask<T>(schema: z.ZodType<T>, route: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${boxes.url}/${route}`, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}

/** Runs a command, which starts the container. */
const command = (box: BoxName, text: string) =>
  ask(z.object({ exitCode: z.literal(0), stdout: z.string() }), `${box}/${box === "agent" ? "backup" : "drill"}`, {
    method: "POST",
    body: text,
  });

const meter = (box: BoxName, method: string) =>
  ask(z.object({ running: z.boolean(), due: z.number() }), `${box}/meter`, { method });

const amounts = z.record(z.string(), z.number());
const partySchema = z.object({ of: z.string(), amounts, levels: amounts });

/** What the book has of a box. */
async function used(box: BoxName): Promise<z.infer<typeof partySchema>> {
  const of = box === "agent" ? "hermes" : "care";
  const all = await ask(z.array(partySchema), "usage");
  return all.find((party) => party.of === of) ?? { of, amounts: {}, levels: {} };
}

it("counts a container from its start over an upload to its end, and what it used", async () => {
  const before = Date.now();
  await command("agent", "true");
  const started = Date.now();
  expect(await meter("agent", "GET")).toEqual({ running: true, due: 1 });

  await meter("agent", "PUT"); // the SDK's alarm looks
  expect(await eventually(async () => (await used("agent")).levels.memoryBytes !== undefined, 60)).toBe(true);
  await boxes.upload();
  await command("agent", "seq 2000000 | sha256sum");
  expect(await meter("agent", "POST")).toEqual({ running: true, due: 1 });
  const seen = await used("agent");
  expect(seen.levels.memoryBytes).toBeGreaterThan(50e6);
  expect(seen.amounts.vcpuSeconds).toBeGreaterThan(0);

  const ending = Date.now();
  expect(await meter("agent", "DELETE")).toMatchObject({ running: false });
  const ended = Date.now();
  const told = async () => (await used("agent")).amounts.containerSeconds ?? 0;
  expect(await eventually(async () => (await told()) >= (ending - started) / 1000, 60)).toBe(true);
  const { amounts: all } = await used("agent");
  expect(all.containerSeconds).toBeLessThanOrEqual((ended - before) / 1000);
  expect(all.memoryGibSeconds).toBeCloseTo((all.containerSeconds ?? 0) * 4);
});

it("starts nothing by a look after the end, and is not due again", async () => {
  expect(await meter("agent", "POST")).toEqual({ running: false, due: 0 });
});

it("ends a container whose server does not answer any more, and counts its time", async () => {
  const earlier = (await used("care")).amounts.containerSeconds ?? 0;
  const { stdout } = await command("care", "echo $PPID");
  const started = Date.now();
  process.kill(Number(stdout), "SIGSTOP");
  const ending = Date.now();
  expect(await meter("care", "DELETE")).toMatchObject({ running: false });
  const more = async () => ((await used("care")).amounts.containerSeconds ?? 0) - earlier;
  expect(await eventually(async () => (await more()) >= (ending - started) / 1000, 60)).toBe(true);
});

it("counts each start anew, and a container that is killed until its object hears of it", async () => {
  for (const round of [1, 2]) {
    const earlier = (await used("care")).amounts.containerSeconds ?? 0;
    const before = Date.now();
    await command("care", "true");
    const started = Date.now();
    const killing = Date.now();
    await command("care", "kill -9 $(ps -o ppid= -p $PPID)").catch(() => undefined); // the answer goes with its server
    expect(await eventually(async () => !(await meter("care", "GET")).running, 60)).toBe(true);
    const more = async () => ((await used("care")).amounts.containerSeconds ?? 0) - earlier;
    expect(await eventually(async () => (await more()) > 0, 60), `round ${round}`).toBe(true);
    expect(await more()).toBeGreaterThanOrEqual((killing - started) / 1000);
    expect(await more()).toBeLessThanOrEqual((Date.now() - before) / 1000);
  }
});
