/** The `metadata` part of an upload and the `settings` part of a settings change. */
import type { ScriptAndVersionSettingEditParams } from "cloudflare/resources/workers/scripts/script-and-version-settings.js";
import type { ScriptUpdateParams } from "cloudflare/resources/workers/scripts/scripts.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { declaredBindingSchema } from "./bindings.ts";

const durableObject = z.literal("durable-object");

/** A class's life: created (the default), deleted, or renamed to another class of the upload. */
export const exportSchema = z.union([
  z.strictObject({
    type: durableObject,
    storage: z.enum(["sqlite", "legacy-kv"]),
    container: z.string().optional(),
    state: z.literal("created").optional(),
  }),
  z.strictObject({ type: durableObject, state: z.literal("deleted") }),
  z.strictObject({ type: durableObject, state: z.literal("renamed"), renamed_to: z.string() }),
]);
/** One entry of `exports`. */
export type Export = z.infer<typeof exportSchema>;

const sampling = z.number().min(0).max(1).nullable().optional();
const destinations = z.array(z.string()).optional();
const observability = z.strictObject({
  enabled: z.boolean(),
  head_sampling_rate: sampling,
  logs: z
    .strictObject({
      enabled: z.boolean(),
      invocation_logs: z.boolean(),
      head_sampling_rate: sampling,
      persist: z.boolean().optional(),
      destinations,
    })
    .nullable()
    .optional(),
  traces: z
    .strictObject({
      enabled: z.boolean().optional(),
      head_sampling_rate: sampling,
      persist: z.boolean().optional(),
      destinations,
    })
    .nullable()
    .optional(),
});

const shared = {
  compatibility_date: z.iso.date().optional(),
  compatibility_flags: z.array(z.string()).optional(),
  observability: observability.optional(),
  logpush: z.boolean().optional(),
  limits: z.strictObject({ cpu_ms: z.number().int().optional(), subrequests: z.number().int().optional() }).optional(),
  placement: z.strictObject({ mode: z.literal("smart") }).optional(),
  tags: z.array(z.string()).optional(),
  annotations: z
    .strictObject({ "workers/message": z.string().optional(), "workers/tag": z.string().optional() })
    .optional(),
  bindings: z.array(declaredBindingSchema).optional(),
} as const;

/** Fields of the metadata that the official client types. */
const documented = z.strictObject({
  ...shared,
  main_module: z.string(),
  exports: z.record(z.string(), exportSchema).optional(),
  keep_bindings: z.array(z.string()).optional(),
});
true satisfies Conforms<typeof documented, ScriptUpdateParams.Metadata>;

/** With the fields that wrangler sends and the official client does not type, or types in another spelling. */
export const metadataSchema = documented.extend({
  containers: z.array(z.strictObject({ class_name: z.string(), name: z.string().optional() })).optional(),
  code_update_strategy: z
    .strictObject({ mode: z.enum(["immediate", "deferred"]), max_delay: z.number().int().min(0).optional() })
    .optional(),
  /** What wrangler tells of the project's packages; nothing depends on it here. */
  package_dependencies: z
    .array(z.strictObject({ name: z.string(), package_json_version: z.string(), installed_version: z.string() }))
    .optional(),
});
/** Metadata of an upload. */
export type Metadata = z.infer<typeof metadataSchema>;

/** What `PATCH …/settings` takes; what is left out stays. */
export const settingsSchema = z.strictObject(shared);
true satisfies Conforms<typeof settingsSchema, NonNullable<ScriptAndVersionSettingEditParams["settings"]>>;
/** A change of settings. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings of a Worker that an upload without them resets, and that are answered back. */
export const keptSettingsSchema = settingsSchema.omit({ bindings: true });
/** Settings as they are kept. */
export type KeptSettings = z.infer<typeof keptSettingsSchema>;
