/** The answers of /api about the bot's memory. Fields that are not known here are left alone. */
import { z } from "zod";

const text = z.string().nullish();
const number = z.number().nullish();
const tree = z.looseObject({ files: z.number(), bytes: z.number(), databases: number });
const problem = z.looseObject({ code: z.string(), message: z.string(), next: text });

/** One snapshot, as the bot keeps it in its books. */
export const snapshotSchema = z.looseObject({
  id: z.string(),
  at: z.string(),
  reason: text,
  verdict: text,
  problem: text,
  tree: tree.nullish(),
  addedBytes: number,
  versions: z.record(z.string(), text).nullish(),
  tags: z.record(z.string(), text).nullish(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** `GET /api/snapshots`. */
export const snapshotsSchema = z.looseObject({ current: text, snapshots: z.array(snapshotSchema) });

/** What begins a run: `POST /api/snapshot`, `restore`, `drill`, `care`; `import` tells of the memory as it is. */
export const begunSchema = z.looseObject({ run: z.string(), before: text, onto: text });
export type Begun = z.infer<typeof begunSchema>;

/** `GET /api/runs/:run`. What `result` holds depends on the kind. */
export const runSchema = z.looseObject({
  run: z.string(),
  kind: z.string(),
  state: z.enum(["running", "ended"]),
  startedAt: text,
  endedAt: text,
  progress: z.looseObject({ step: text, percent_done: number }).nullish(),
  result: z.looseObject({ outcome: z.string() }).nullish(),
  died: text,
});
export type Run = z.infer<typeof runSchema>;

/** Result of a snapshot's run. */
export const madeSchema = z.looseObject({ outcome: z.string(), snapshot: text, problem: problem.nullish() });

/** Result of a restore: the memory before and after, as far as the books know it. */
export const restoredSchema = z.looseObject({
  outcome: z.string(),
  before: snapshotSchema.partial().nullish(),
  after: snapshotSchema.partial().nullish(),
  unsaved: text,
  problem: text,
});
export type Restored = z.infer<typeof restoredSchema>;

/** Result of a drill. */
export const drillSchema = z.looseObject({
  outcome: z.string(),
  snapshot: text,
  tree: tree.nullish(),
  sessions: number,
  messages: number,
  memories: number,
  problem: problem.nullish(),
});

/** Result of an export. */
export const sentSchema = z.looseObject({
  outcome: z.string(),
  snapshot: text,
  sha256: text,
  bytes: number,
  tree: tree.nullish(),
  problem: problem.nullish(),
});

/** What has come of an archive: `PUT /api/imports/:run`. */
export const receivedSchema = z.looseObject({ bytes: z.number(), sha256: z.string() });

/** Result of an import. */
export const importedSchema = z.looseObject({
  outcome: z.string(),
  snapshot: text,
  tree: tree.nullish(),
  source: text,
  added: number,
  kept: z.array(z.string()).nullish(),
  keptCount: number,
  received: receivedSchema.nullish(),
  problem: problem.nullish(),
});
export type Imported = z.infer<typeof importedSchema>;

/** Result of care. */
export const careSchema = z.looseObject({
  outcome: z.string(),
  kept: number,
  forgotten: number,
  freedBytes: number,
  problem: problem.nullish(),
});

/** Result of a comparison. */
export const diffSchema = z.looseObject({
  outcome: z.string(),
  changes: z.array(z.looseObject({ path: z.string(), change: z.enum(["+", "-", "M"]), bytes: number, was: number })),
  counts: z.looseObject({ added: z.number(), removed: z.number(), changed: z.number() }),
  problem: problem.nullish(),
});

/** `memory` of `GET /api/status`. */
export const memorySchema = z.looseObject({
  promoted: z
    .looseObject({ id: z.string(), at: z.string(), ageSeconds: z.number(), bytes: number, files: number })
    .nullish(),
  savedUntil: text,
  run: text,
  late: z.boolean().nullish(),
  lastDrill: z
    .looseObject({ at: z.string(), passed: z.boolean(), ms: number, sessions: number, memories: number })
    .nullish(),
  lastCare: z.looseObject({ at: z.string(), done: z.boolean(), kept: number, freedBytes: number }).nullish(),
  alarms: z.array(z.looseObject({ code: z.string(), message: z.string(), since: text })).nullish(),
});
export type MemoryStatus = z.infer<typeof memorySchema>;
