/** The fields of the key `snapshots`: how the memory is kept. */
import { z } from "zod";
import { choice, count, text } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const snapshotsMeaning =
  "`bucket`: an existing bucket to adopt. `location`: apac, eeur, enam, weur, wnam or oc. `jurisdiction`: eu or fedramp. `intervalMinutes`: how often a changed memory is saved. `keep`: how many snapshots stay, `last`, `hourly`, `daily`, `weekly`, `monthly`. `drillDays`: days between two trial restores. `careIndexFiles`: index files from which on the repository is tidied before its day.";

export const snapshotsFields = z
  .strictObject({
    bucket: text.regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "is not a bucket name (3 to 63 of a-z, 0-9, -)").optional(),
    location: choice(["apac", "eeur", "enam", "weur", "wnam", "oc"]).optional(),
    jurisdiction: choice(["default", "eu", "fedramp"]).default("default"),
    intervalMinutes: count(1440).default(5),
    keep: z
      .strictObject({
        last: count(1000).default(20),
        hourly: count(1000).default(24),
        daily: count(1000).default(14),
        weekly: count(1000).default(8),
        monthly: count(1000).default(12),
      })
      .prefault({}),
    drillDays: count(365).default(7),
    careIndexFiles: count(10_000).default(300),
  })
  .prefault({});
