/** Pulumi's property values as a plugin meets them: plain JSON, with two marks of the engine in it. */
import wire from "google-protobuf/google/protobuf/struct_pb.js";

/** What a property can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The properties of one resource, secrets unwrapped. */
export type Properties = { [key: string]: Json };

/** Stands for a value that is known only after another resource has been made (Pulumi's own marker for strings). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Pulumi's markers for unknown values, one for each type. */
const unknowns = new Set([
  unknown,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Properties as they came from the engine: the plain values, and which top-level names held a secret. */
export interface Received {
  readonly values: Properties;
  readonly secrets: ReadonlySet<string>;
}

/** Reads what the engine sent. */
export function receive(struct: wire.Struct | undefined): Received {
  const raw = (struct?.toJavaScript() ?? {}) as Properties;
  const secrets = new Set<string>();
  const values: Properties = {};
  for (const [name, value] of Object.entries(raw)) values[name] = unwrap(value, () => secrets.add(name));
  return { values, secrets };
}

/** Writes properties for the engine; the names in `secrets` go out as secrets. Properties that are undefined stay out. */
export function send(values: { [key: string]: Json | undefined }, secrets: Iterable<string> = []): wire.Struct {
  const out: { [key: string]: wire.JavaScriptValue } = {};
  const hidden = new Set(secrets);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    out[name] = hidden.has(name) && value !== null ? { [signature]: secretSignature, value } : value;
  }
  return wire.Struct.fromJavaScript(out);
}

/** Whether a value is, or contains, one that is not known yet. */
export function isUnknown(value: Json | undefined): boolean {
  if (typeof value === "string") return unknowns.has(value);
  if (Array.isArray(value)) return value.some(isUnknown);
  return isObject(value) && Object.values(value).some(isUnknown);
}

/** Whether a value is an object (a list is not). */
export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unwrap(value: Json, found: () => void): Json {
  if (Array.isArray(value)) return value.map((item) => unwrap(item, found));
  if (!isObject(value)) return value;
  if (value[signature] === secretSignature) {
    found();
    return unwrap(value.value ?? null, found);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item, found)]));
}
