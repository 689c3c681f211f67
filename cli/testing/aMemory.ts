/** Snapshots and runs as the bot tells them. */
import type { Route } from "./fakeBot.ts";

/** A promoted snapshot whose id begins as given, changed by `more`. */
export function aSnapshot(begins: string, more: object = {}) {
  return {
    id: begins.padEnd(64, "0"),
    at: "2026-11-01T11:55:00.000Z",
    reason: "due",
    verdict: "promoted",
    problem: null,
    tree: { files: 120, bytes: 4_200_000, databases: 2 },
    addedBytes: 32_000,
    versions: { hermes: "0.21.5" },
    ...more,
  };
}

/** A run that is under way, or has ended with this result. */
export function aRun(kind: string, result: object | null, more: object = {}) {
  return {
    run: `${kind}-1`,
    kind,
    state: result === null ? "running" : "ended",
    startedAt: "2026-11-01T12:00:00.000Z",
    endedAt: null,
    progress: result === null ? { step: "upload", percent_done: 0.42 } : null,
    result,
    died: null,
    ...more,
  };
}

/** What the bot's memory is. */
export const one = aSnapshot("1a2b3c4d");
/** A promoted snapshot that is another, whose id begins alike. */
export const two = aSnapshot("1a2b9999", { tree: { files: 7, bytes: 900, databases: 1 }, reason: "stop" });
/** A snapshot that is kept and not promoted. */
export const shrunk = aSnapshot("5555aaaa", { verdict: "shrunk", problem: "much smaller" });

/** What `GET /api/snapshots` answers of them. */
export const books = { current: one.id, snapshots: [one, two, shrunk] };

/** Routes of a run that has ended with this result the second time it is asked for. */
export function running(begin: string, kind: string, result: object): Record<string, Route> {
  return {
    [begin]: () => ({ run: `${kind}-1` }),
    [`GET /api/runs/${kind}-1`]: (_response, _request, count) => aRun(kind, count < 2 ? null : result),
    "GET /api/snapshots": () => books,
  };
}
