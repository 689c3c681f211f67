/** Between Pulumi's properties and Cloudflare's wire: the only two conversions, `toRequest` and `toState`. */
import { isDeepStrictEqual } from "node:util";
import { isObject, type Json, type Properties } from "../server/properties.ts";
import type { Field, Kind } from "./kind.ts";

/** Inputs with the provider's defaults added. */
export function withDefaults(kind: Kind, inputs: Properties): Properties {
  const planned: Properties = {};
  for (const [name, field] of Object.entries(kind.fields)) {
    const value = inputs[name] ?? field.default;
    if (!field.computed && value !== undefined && value !== null) planned[name] = value;
  }
  return planned;
}

/** The body of a create or an update. */
export function toRequest(kind: Kind, planned: Properties): Json {
  const body: Properties = {};
  for (const [name, value] of Object.entries(planned)) {
    const field = kind.fields[name];
    if (field && (field.in ?? "body") === "body") body[wireName(kind, name)] = toWire(kind, name, value);
  }
  return kind.toRequest ? kind.toRequest(body) : body;
}

/** The state after an answer. What the answer leaves out, or only spells otherwise, stays as it was in `known`. */
export function toState(kind: Kind, known: Properties, result: Properties, when: "written" | "read"): Properties {
  const state: Properties = {};
  for (const [name, field] of Object.entries(kind.fields)) {
    const before = known[name];
    const answered = answerOf(kind, name, field, result);
    const value = settle(kind, field, before, answered, when);
    if (value !== undefined && value !== null) state[name] = value;
  }
  return state;
}

/** Whether `have` says everything that `want` says; the API may know more about an object, never about a list. */
export function covers(have: Json | undefined, want: Json | undefined, jsonText: readonly string[] = []): boolean {
  if (Array.isArray(want)) {
    if (!Array.isArray(have)) return want.length === 0 && isEmpty(have);
    return have.length === want.length && want.every((item, index) => covers(have[index], item, jsonText));
  }
  if (isObject(want)) {
    if (!isObject(have)) return false;
    return Object.entries(want).every(([key, value]) =>
      jsonText.includes(key) ? sameJson(have[key], value) : covers(have[key], value, jsonText),
    );
  }
  return want === have || (isEmpty(want) && isEmpty(have));
}

/** Null, absent, false, and every empty text, list or object: what the API answers for "never said". */
export function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function settle(
  kind: Kind,
  field: Field,
  before: Json | undefined,
  answered: Json | undefined,
  when: "written" | "read",
): Json | undefined {
  if (answered === undefined) return before;
  if (before === undefined || before === null) return isEmpty(answered) && !field.computed ? before : answered;
  if (field.computed === "once") return when === "read" ? before : answered;
  if (field.computed) return answered;
  // What was just written counts as written, whatever else the API adds to it or however it spells it.
  if (when === "written") return before;
  return covers(answered, before, kind.jsonText) ? before : answered;
}

function answerOf(kind: Kind, name: string, field: Field, result: Properties): Json | undefined {
  if (field.in === "path") return undefined;
  const value = result[field.answeredAs ?? wireName(kind, name)];
  return value === undefined || value === null ? undefined : fromWire(kind, name, value);
}

function wireName(kind: Kind, name: string): string {
  return kind.fields[name]?.wire ?? nestedName(kind, name);
}

function nestedName(kind: Kind, name: string): string {
  return kind.names?.[name] ?? (kind.camelCase ? name : snakeCase(name));
}

function pulumiName(kind: Kind, wire: string): string {
  const named = Object.entries(kind.names ?? {}).find(([, spelling]) => spelling === wire);
  return named?.[0] ?? (kind.camelCase ? wire : camelCase(wire));
}

function toWire(kind: Kind, name: string, value: Json): Json {
  if (kind.jsonText?.includes(name) && typeof value === "string") return JSON.parse(value) as Json;
  if (Array.isArray(value)) return value.map((item) => toWire(kind, name, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [nestedName(kind, key), toWire(kind, key, item)]),
  );
}

function fromWire(kind: Kind, name: string, value: Json): Json {
  if (kind.jsonText?.includes(name) && typeof value !== "string") return JSON.stringify(value);
  if (Array.isArray(value)) return value.map((item) => fromWire(kind, name, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [pulumiName(kind, key), fromWire(kind, pulumiName(kind, key), item)]),
  );
}

function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  const parsed = (text: Json | undefined) => {
    try {
      return typeof text === "string" ? JSON.parse(text) : text;
    } catch {
      return text; // not JSON: the check has said so, or the API holds plain text
    }
  };
  return isDeepStrictEqual(parsed(one), parsed(other));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `not_before` → `notBefore`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
