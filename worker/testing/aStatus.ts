import type { Status } from "../agent/status.ts";
import { why } from "../agent/why.ts";
import type { AlarmsReport } from "../alarms/alarm.ts";

const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();

/** A status of a bot that is ready, with something in each part; a test says what is another. */
export function aStatus(change: Partial<Status> = {}): Status {
  const status: Omit<Status, "why"> = {
    bot: "talaria-test",
    stack: "test",
    state: "ready",
    desired: "running",
    engine: "process",
    isolated: false,
    since: at(192),
    transitions: [
      { at: at(700), from: "ready", to: "stopped", cause: "idle for 240 minutes", ms: 18_000_000 },
      { at: at(193), from: "stopped", to: "fresh", cause: "a chat", ms: 30_420_000 },
      { at: at(192.9), from: "fresh", to: "restored", cause: "the snapshot 3f9a01c2", ms: 4_200 },
      { at: at(192.8), from: "restored", to: "starting", cause: "a chat", ms: 350 },
      { at: at(192), from: "starting", to: "ready", cause: "a chat", ms: 9_800 },
    ],
    lastError: null,
    versions: { talaria: "0.1.0", hermes: "0.22.2", sdk: "0.12.10" },
    runningVersions: { hermes: "0.22.2" },
    runsDeclared: true,
    images: {
      hermes: { declared: "h", running: "h" },
      exec: { declared: "e", running: null },
      care: { declared: "c", running: null },
    },
    container: "running",
    gateway_running: true,
    pid: "hermes-1",
    nextJob: { id: "1", name: "morning news", at: at(-95) },
    sleepAfterSeconds: 14_400,
    idleSince: at(12),
    activeRuns: 0,
    queuedRuns: 0,
    cutStreams: 0,
    alarms: [],
    model: { default: "anthropic/claude-sonnet-4-6", proxied: true },
    memory: {
      promoted: { id: "3f9a01c2".repeat(8), at: at(6), ageSeconds: 360, bytes: 4_310_000, files: 212 },
      savedUntil: at(6),
      run: null,
      lastRun: null,
      late: false,
      lastDrill: {
        ...{ at: at(4_000), passed: true, snapshot: "3f9a01c2".repeat(8), sessions: 14, messages: 230, memories: 9 },
        ...{ ms: 6_200, problem: null },
      },
      lastCare: { at: at(1_400), done: true, kept: 31, forgotten: 4, freedBytes: 910_000, ms: 4_100, problem: null },
      alarms: [],
    },
    ...change,
  };
  return { ...status, why: change.why ?? why(status) };
}

/** A report of a bot with nothing wrong. */
export function anAlarmsReport(change: Partial<AlarmsReport> = {}): AlarmsReport {
  return { current: [], past: [], channels: [], quietUntil: null, breaker: [], ranWell: null, canary: null, ...change };
}
