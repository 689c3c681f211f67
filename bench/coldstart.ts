/** What a wake consists of, against a bare start of the same Hermes. */
import { setTimeout as pause } from "node:timers/promises";
import { statusSchema } from "../cli/api.ts";
import type { LocalSystem } from "../e2e/harness.ts";
import { BareHermes, type HermesSetup, setupOf } from "./bareHermes.ts";
import { type ChatEndpoint, chat } from "./chat.ts";
import { findGateway } from "./gatewayProcess.ts";
import { interleave } from "./rounds.ts";
import { median } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";
import { withLocal } from "./withLocal.ts";

const rounds = 5;
const answersWithinMs = 60_000;
const stopsWithinMs = 60_000;

/** Milliseconds of each part; NaN for a part that there is not, or that nobody can see. */
interface Parts {
  readonly container: number;
  readonly marker: number;
  readonly health: number;
  readonly gateway: number;
  readonly firstAnswer: number;
  readonly whole: number;
  /** Chats that failed before the first answer. */
  readonly failedChats: number;
}

export function coldstart(): Promise<void> {
  return withLocal(async (local) => {
    const setup = await setupOf(await findGateway(local), local);
    const samples = await interleave(rounds, { talaria: () => wake(local), bare: () => bareStart(setup) });
    const figures = (part: keyof Parts) =>
      [samples.talaria, samples.bare].map((all) => median(all.map((one) => one[part])));
    const row = (title: string, part: keyof Parts) => {
      const [ours = Number.NaN, theirs = Number.NaN] = figures(part);
      return [title, duration(ours), duration(theirs), ratio(ours, theirs)];
    };
    printTable(`coldstart: medians of ${rounds} rounds`, [
      ["", "wake", "bare Hermes", "ratio"],
      row("container, until its first command has run", "container"),
      row("marker, until the gateway may start", "marker"),
      row("gateway, until /health answers", "health"),
      row("gateway, until it is ready", "gateway"),
      row("first answer, after that", "firstAnswer"),
      row("together", "whole"),
    ]);
    const sum = (all: readonly Parts[]) => all.reduce((total, one) => total + one.failedChats, 0);
    console.log(
      `\nChats that failed before the first answer: wake ${sum(samples.talaria)}, bare ${sum(samples.bare)}.`,
    );
  });
}

/** From a stopped bot without a container to its first answer, split by the transitions that it records. */
async function wake(local: LocalSystem): Promise<Parts> {
  await post(local, "/api/stop");
  await untilGone(local);
  const began = Date.now();
  await post(local, "/api/wake");
  const { failed, at: answered } = await firstAnswer({ url: local.url, token: local.clientToken });
  const { transitions } = statusSchema.parse(await (await local.api("/api/status")).json());
  const reached = (state: string) =>
    new Date(
      transitions.findLast(({ at, to }) => to === state && new Date(at ?? 0).getTime() >= began)?.at ?? Number.NaN,
    ).getTime();
  return {
    container: reached("fresh") - began,
    marker: reached("starting") - reached("fresh"),
    health: Number.NaN,
    gateway: reached("ready") - reached("starting"),
    firstAnswer: answered - reached("ready"),
    whole: answered - began,
    failedChats: failed,
  };
}

async function bareStart(setup: HermesSetup): Promise<Parts> {
  let began = 0;
  const hermes = await BareHermes.start(setup, () => {
    began = Date.now();
  });
  try {
    await hermes.waitFor("/health", "");
    const health = Date.now() - began;
    await hermes.waitFor("/health/detailed", '"gateway_state": "running"');
    const runs = Date.now();
    const { failed, at: answered } = await firstAnswer(hermes.endpoint);
    const [container, marker] = [Number.NaN, Number.NaN];
    const times = { health, gateway: runs - began, firstAnswer: answered - runs, whole: answered - began };
    return { container, marker, ...times, failedChats: failed };
  } finally {
    await hermes.stop();
  }
}

/** Hermes may fail a chat while it still loads what a turn needs; the next one is sent at once. */
async function firstAnswer(endpoint: ChatEndpoint): Promise<{ readonly failed: number; readonly at: number }> {
  const end = Date.now() + answersWithinMs;
  for (let failed = 0; ; failed++) {
    try {
      await chat(endpoint, { stream: false });
      return { failed, at: Date.now() };
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

async function post(local: LocalSystem, route: string): Promise<void> {
  const response = await local.api(route, { method: "POST" });
  if (!response.ok) throw new Error(`POST ${route} answered ${response.status}: ${await response.text()}`);
}

/** No container is left: the next start is one from nothing. */
async function untilGone(local: LocalSystem): Promise<void> {
  for (const end = Date.now() + stopsWithinMs; Date.now() < end; await pause(100)) {
    const there = await findGateway(local).catch(() => undefined);
    if (there === undefined) return;
  }
  throw new Error(`The gateway still runs ${stopsWithinMs / 1000} s after the bot was stopped.`);
}
