/** The kinds of binding that this API takes, each checked against the official client's types. */
import type { ScriptUpdateParams } from "cloudflare/resources/workers/scripts/scripts.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { ApiProblem } from "../core/problems.ts";

const name = z.string().regex(/^[A-Za-z_$][\w$]*$/, "not a JavaScript identifier");

/** One binding of an upload. A kind that the runtime cannot serve is left out here, so that it is refused by name. */
export const bindingSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("plain_text"), name, text: z.string() }),
  z.strictObject({ type: z.literal("secret_text"), name, text: z.string() }),
  z.strictObject({ type: z.literal("json"), name, json: z.json() }),
  z.strictObject({
    type: z.literal("durable_object_namespace"),
    name,
    class_name: z.string(),
    script_name: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal("r2_bucket"),
    name,
    bucket_name: z.string(),
    jurisdiction: z.enum(["eu", "us", "fedramp", "fedramp-high"]).optional(),
  }),
  z.strictObject({ type: z.literal("service"), name, service: z.string(), entrypoint: z.string().optional() }),
  z.strictObject({ type: z.literal("version_metadata"), name }),
  z.strictObject({
    type: z.literal("ratelimit"),
    name,
    namespace_id: z.string().regex(/^[1-9]\d*$/, "not a positive integer in a string"),
    simple: z.strictObject({ limit: z.number().int().min(1), period: z.union([z.literal(10), z.literal(60)]) }),
  }),
  z.strictObject({
    type: z.literal("send_email"),
    name,
    destination_address: z.email().optional(),
    allowed_destination_addresses: z.array(z.email()).min(1).optional(),
    allowed_sender_addresses: z.array(z.email()).min(1).optional(),
  }),
]);
/** A binding of a live Worker. */
export type Binding = z.infer<typeof bindingSchema>;

/** A binding that takes over the one of the same (or the old) name from the version before. */
export const inheritSchema = z.strictObject({
  type: z.literal("inherit"),
  name,
  old_name: name.optional(),
});
/** A binding to take over. */
export type Inherit = z.infer<typeof inheritSchema>;

/** What an upload may list. */
export const declaredBindingSchema = z.discriminatedUnion("type", [...bindingSchema.options, inheritSchema]);
true satisfies Conforms<typeof declaredBindingSchema, NonNullable<ScriptUpdateParams.Metadata["bindings"]>[number]>;

/** 5 KB: the largest value of a variable or a secret, in bytes. */
const largestValue = 5 * 1024;
/** Variables and secrets of one Worker. */
const mostValues = 128;

/** Resolves `inherit` and `keep_bindings` against the version before. Strict: an inherited binding must exist. */
export function resolveBindings(
  declared: readonly (Binding | Inherit)[],
  before: readonly Binding[],
  keep: readonly string[],
): Binding[] {
  const resolved = declared.map((one) => (one.type === "inherit" ? inherited(one, before) : one));
  const names = new Set<string>();
  for (const one of resolved) {
    if (names.has(one.name)) throw new ApiProblem("scriptInvalid", { why: `Binding name '${one.name}' is used twice` });
    names.add(one.name);
  }
  const kept = before.filter((one) => keep.includes(one.type) && !names.has(one.name));
  const bindings = [...resolved, ...kept];
  checkLimits(bindings);
  return bindings;
}

function inherited(one: Inherit, before: readonly Binding[]): Binding {
  const source = before.find((other) => other.name === (one.old_name ?? one.name));
  if (source) return { ...source, name: one.name };
  throw new ApiProblem("scriptInvalid", {
    why: `Binding '${one.name}' cannot be inherited: the version before has no binding '${one.old_name ?? one.name}'`,
  });
}

/** Refuses values over 5 KB and more than 128 of them. */
export function checkLimits(bindings: readonly Binding[]): void {
  const values = bindings.filter(
    (one) => one.type === "plain_text" || one.type === "secret_text" || one.type === "json",
  );
  for (const one of values) {
    const size = Buffer.byteLength(one.type === "json" ? JSON.stringify(one.json) : one.text);
    if (size <= largestValue) continue;
    const kind = one.type === "secret_text" ? "Secret" : "Variable";
    throw new ApiProblem("scriptInvalid", {
      why: `${kind} '${one.name}' has ${size} bytes; the limit is 5 KB (${largestValue} bytes)`,
    });
  }
  if (values.length > mostValues) {
    throw new ApiProblem("scriptInvalid", {
      why: `${values.length} variables and secrets; the limit is ${mostValues}`,
    });
  }
}

/** A binding as the API answers it: the value of a secret left out, the namespace of a class added. */
export function shownBinding(binding: Binding, namespaceOf: (className: string) => string | undefined): ShownBinding {
  if (binding.type === "secret_text") return { type: "secret_text", name: binding.name };
  if (binding.type !== "durable_object_namespace" || binding.script_name) return binding;
  const namespace_id = namespaceOf(binding.class_name);
  return { ...binding, ...(namespace_id ? { namespace_id } : {}) };
}

/** A binding as it is answered. */
export type ShownBinding =
  | Exclude<Binding, { type: "secret_text" | "durable_object_namespace" }>
  | { type: "secret_text"; name: string }
  | (Extract<Binding, { type: "durable_object_namespace" }> & { namespace_id?: string });
