/** What a run of `talaria-state` says of itself: see `container/hermes/README.md`. */
import * as z from "zod";
import { treeSchema } from "./record.ts";

export const problemSchema = z.looseObject({ code: z.string(), message: z.string(), next: z.string().nullish() });
export type RunProblem = z.infer<typeof problemSchema>;

/** restic's own summary of a backup. */
const resticSummarySchema = z.looseObject({
  total_files_processed: z.number(),
  total_bytes_processed: z.number(),
  data_added_packed: z.number().optional(),
  data_added: z.number().optional(),
});

/** `result.json` of a run, whatever its kind. */
export const runResultSchema = z.looseObject({
  run: z.string(),
  kind: z.string(),
  /** snapshot: made, unchanged, refused, failed · restore: restored, bad, failed · list: listed, failed */
  outcome: z.string(),
  problem: problemSchema.nullish(),
  startedAt: z.string().nullish(),
  endedAt: z.string().nullish(),
  snapshot: z.string().nullish(),
  parent: z.string().nullish(),
  fingerprint: z.string().nullish(),
  tree: treeSchema.nullish(),
  restic: resticSummarySchema.nullish().catch(null),
  manifestBytes: z.number().nullish(),
  shrunk: z.boolean().nullish(),
  malformed: z.array(z.string()).nullish(),
  versions: z.record(z.string(), z.string().nullish()).nullish(),
  repository: z.enum(["open", "absent"]).nullish(),
  snapshots: z
    .array(z.looseObject({ id: z.string(), time: z.string(), tags: z.array(z.string()).nullish() }))
    .nullish(),
});
export type RunResult = z.infer<typeof runResultSchema>;

/** Answer of `talaria-state run`. */
export const runViewSchema = z.looseObject({
  run: z.string(),
  alive: z.boolean(),
  progress: z.looseObject({}).nullish(),
  result: runResultSchema.nullish(),
});
export type RunView = z.infer<typeof runViewSchema>;

/** Answer of `talaria-state runs`. */
export const runsViewSchema = z.looseObject({ runs: z.array(z.looseObject({ run: z.string(), alive: z.boolean() })) });

/** `name=value` tags as fields. */
export function tagsOf(tags: readonly string[] | null | undefined): Record<string, string> {
  return Object.fromEntries(
    (tags ?? []).map((tag) => {
      const at = tag.indexOf("=");
      return at < 0 ? [tag, ""] : [tag.slice(0, at), tag.slice(at + 1)];
    }),
  );
}

/** A problem of a run's own, when it ended without telling one. */
export function problemOf({ problem, outcome }: RunResult): RunProblem {
  return problem ?? { code: "unknown", message: `the run ended with ${outcome} and gave no reason`, next: null };
}
