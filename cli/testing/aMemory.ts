/** Snapshots and runs as the bot tells them. */

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
