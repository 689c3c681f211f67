import * as z from "zod";
import { snapshotRecordSchema } from "../../snapshots/record.ts";

export const snapshotsAnswer = z
  .object({
    current: z.string().nullable().meta({ description: "The one that is the memory." }),
    snapshots: z.array(snapshotRecordSchema.omit({ copy: true }).meta({ id: "Snapshot" })),
  })
  .meta({ id: "Snapshots", description: "What is saved, the newest first." });

export const begunAnswer = z
  .object({ run: z.string().meta({ description: "How far it is: `GET /api/runs/{run}`." }) })
  .meta({ id: "Begun", description: "A run that was begun." });

export const begunOnAnswer = z
  .object({ run: z.string(), snapshot: z.string() })
  .meta({ id: "BegunOnSnapshot", description: "A run that was begun, and the snapshot that it is about." });

export const importBegunAnswer = z
  .object({
    run: z.string(),
    before: z.string().nullable().meta({ description: "The memory as it is now." }),
    onto: z.string().nullable().meta({ description: "The snapshot that it is laid over; null: it is all there is." }),
  })
  .meta({ id: "ImportBegun", description: "An import that was begun." });

export const receivedAnswer = z
  .object({ bytes: z.number(), sha256: z.string() })
  .meta({ id: "Received", description: "What has arrived." });

export const runAnswer = z
  .object({
    run: z.string(),
    kind: z.string(),
    state: z.enum(["running", "ended"]),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    progress: z.looseObject({}).nullable(),
    result: z.looseObject({}).nullable().meta({ description: "What it holds depends on the kind." }),
    died: z.string().nullable().meta({ description: "Why there is no result." }),
  })
  .meta({ id: "Run", description: "A run under way, or how it ended." });
