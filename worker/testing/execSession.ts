/// <reference types="@cloudflare/vitest-plugin/types" />
/** Sessions and their pool as objects of workerd, over stand-ins of containers: what each test of them begins with. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import type { Env } from "../env.ts";
import { poolOf } from "../exec/poolCall.ts";
import { sessionOf } from "../exec/sessionCall.ts";
import { answerInside } from "../inside/inside.ts";
import { ExecWorld } from "./fakeExecBox.ts";
import { exec } from "./testWorker.ts";

export const bindings = env as Env;
/** The name of the running test's session, and its containers. */
export let session = "";
export let world: ExecWorld;
let jobs = 0;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  world = new ExecWorld();
  exec.world = world;
  exec.policy = { spare: 0 };
  exec.declared = { documents: {}, folder: null };
  session = `s${jobs++}`;
});
afterEach(async () => {
  await runInDurableObject(poolOf(bindings), async (_, { storage }) => {
    for (const table of ["leases", "sessions", "audit"]) storage.sql.exec(`DELETE FROM ${table}`);
    storage.kv.delete("budget");
    await storage.deleteAlarm();
  });
  await freshPool();
  vi.useRealTimers();
});

/** The pool as a reset leaves it. */
export async function freshPool(): Promise<void> {
  await poolOf(bindings).knows("");
  await evictDurableObject(poolOf(bindings));
}

/** A request of the agent's container about a session. */
export async function inside(path: string, init: RequestInit = {}, of = session): Promise<Response> {
  const request = new Request(`http://talaria.internal/exec/sessions/${of}/${path}`, init);
  const answer = await answerInside(request, bindings, { className: "AgentBox", containerId: "box-1" });
  return new Response(await answer.arrayBuffer(), answer);
}

/** Begins a job. */
export const put = (job: string, command: string, options: object = {}, of = session) =>
  inside(
    `jobs/${job}`,
    {
      method: "PUT",
      body: JSON.stringify({ kind: "terminal", command: btoa(command), timeoutSeconds: 60, ...options }),
    },
    of,
  );

/** A job's output from an offset on, and its end if it is over. */
export async function read(job: string, offset = 0, of = session) {
  const answer = await inside(`jobs/${job}?offset=${offset}`, {}, of);
  const header = (name: string) => answer.headers.get(`x-job-${name}`);
  const exit = header("exit");
  return {
    text: await answer.text(),
    state: header("state"),
    exit: exit === null ? undefined : Number(exit),
    endedBy: header("ended-by"),
  };
}

/** One command from its start to its being forgotten. */
export async function run(command: string, options: object = {}, of = session) {
  const job = `j${jobs++}`;
  const placed = await put(job, command, options, of);
  if (!placed.ok) return { refused: ((await placed.json()) as { error: { code: string } }).error.code };
  const { notices } = (await placed.json()) as { notices: string[] };
  const { text, exit, endedBy } = await read(job, 0, of);
  await inside(`jobs/${job}/forget`, { method: "POST" }, of);
  return { text, exit, endedBy, notices };
}

/** The job of the last command. */
export const lastJob = () => `j${jobs - 1}`;
/** The session's alarm, if it has one. */
export const alarm = (of = session) => runDurableObjectAlarm(sessionOf(bindings, of));

/** The session as a reset leaves it. */
export async function reset(of = session): Promise<void> {
  await sessionOf(bindings, of).holds("");
  await evictDurableObject(sessionOf(bindings, of));
}

/** Moves the clock. */
export const later = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);

/** The session's rows of the audit. */
export const audit = async () => (await poolOf(bindings).audit({ session, limit: 100 }, 0)).rows;
