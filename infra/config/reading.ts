/** Reads one key of a stack by its schema, and says of each part that is wrong what it is, and what to type. */
import { z } from "zod";
import type { PlainKey } from "./key.ts";
import { plainKeys } from "./keys.ts";
import { nearMiss } from "./nearMiss.ts";
import { removeCommand, setCommand } from "./problem.ts";
import type { ConfigSource, Report } from "./source.ts";
import { isMapping } from "./trees.ts";

/** Reads one plain key; undefined when it is wrong, which has then been reported. */
export function readPlain(source: ConfigSource, key: string, known: PlainKey, report: Report): unknown {
  const raw = source.values[key];
  // An example is of the key, and of its fields only where these do not say themselves what is possible.
  const exampleOf = (field: string) => (field === key && known.example !== "<value>" ? known.example : undefined);
  const fix = (field: string, choice?: string) => [
    ...(known.hint === undefined ? [] : [known.hint]),
    setCommand(source.project, field, exampleOf(field) ?? choice ?? known.example),
  ];
  if (raw !== undefined && source.isSecret(key)) {
    const own =
      key === "environment"
        ? [
            "Make it a variable of secretEnvironment:",
            "pulumi config set --secret --path talaria:secretEnvironment.NAME",
          ]
        : ["README.md lists them, below the table of keys."];
    report(
      key,
      "holds an encrypted value, but everything in it is deployed as plain text. Secrets have keys of their own.",
      [...own, `pulumi config rm ${source.project}:${key}`],
    );
    return undefined;
  }
  const value = raw !== undefined && known.fields ? parseJson(raw) : raw;
  const parsed = known.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues.flatMap((one) => meantIssues(value, one)))
    reportIssue(key, value, issue, fix, source, report);
  return undefined;
}

/** Of a mapping that none of several forms fits, what is wrong by the form that is a mapping. */
function meantIssues(value: unknown, issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || !isMapping(foundAt(value, issue.path))) return [issue];
  const isInside = (one: z.core.$ZodIssue) => one.path.length > 0 || one.code === "unrecognized_keys";
  const inside = issue.errors.find((issues) => issues.every(isInside)) ?? [];
  return inside.length === 0 ? [issue] : inside.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

function foundAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

function reportIssue(
  key: string,
  value: unknown,
  issue: z.core.$ZodIssue,
  fix: (field: string, choice?: string) => readonly string[],
  source: ConfigSource,
  report: Report,
): void {
  const field = pathOf([key, ...issue.path.map(String)]);
  if (value === undefined) {
    report(key, "is missing.", fix(key));
    return;
  }
  if (issue.code === "unrecognized_keys") {
    const fields = fieldNames(key, issue.path);
    for (const unknown of issue.keys) {
      const meant = nearMiss(unknown, fields);
      const advice = meant === undefined ? `has the fields ${fields.join(", ")}` : `may mean ${meant}`;
      const found = pathOf([field, unknown]);
      report(found, `is not a field that Talaria knows; talaria:${field} ${advice}.`, [
        removeCommand(source.project, found),
      ]);
    }
    return;
  }
  if (issue.code === "invalid_key") {
    report(field, `${issue.issues[0]?.message ?? "is not a name"}.`, [removeCommand(source.project, field)]);
    return;
  }
  const found = foundAt(value, issue.path);
  const typed = field.replace(/\.(\d+)(?=\.|$)/g, "[$1]");
  const first = issue.code === "invalid_value" ? issue.values.map(String)[0] : undefined;
  const noList = issue.code === "invalid_type" && issue.expected === "array" && issue.path.length > 0;
  const isEmpty = issue.code === "too_small" && Array.isArray(found);
  const example: unknown = issue.code === "custom" ? issue.params?.example : undefined;
  const mend =
    noList || isEmpty
      ? [removeCommand(source.project, typed), ...fix(`${typed}[0]`)]
      : typeof example === "string"
        ? [setCommand(source.project, typed, example)]
        : fix(typed, first);
  report(field, `${found === undefined ? "" : `${JSON.stringify(found)} `}${issue.message}.`, mend);
}

/** As `--path` takes it: a name with a dot of its own, such as a model's, is quoted. The first is the key, or a path. */
function pathOf([first = "", ...names]: readonly string[]): string {
  return first + names.map((name) => (/[.[\]"]/.test(name) ? `["${name}"]` : `.${name}`)).join("");
}

/** Names of the fields at a place of a key's value, by its own schema; none where that has no fields. */
function fieldNames(key: string, path: readonly PropertyKey[]): readonly string[] {
  const known: Readonly<Record<string, PlainKey | undefined>> = plainKeys;
  const found = path.reduce<unknown>((schema, step) => {
    const inner = mappingOf(schema);
    if (inner instanceof z.ZodObject) return inner.shape[String(step)];
    if (inner instanceof z.ZodArray) return inner.element;
    return inner instanceof z.ZodRecord ? inner.valueType : undefined;
  }, known[key]?.schema);
  const inner = mappingOf(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The form of a schema; of several forms the one that is a mapping. */
function mappingOf(schema: unknown): unknown {
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodUnion)) return inner;
  return inner.options.map(unwrapped).find((option) => option instanceof z.ZodObject);
}

function unwrapped(schema: unknown): unknown {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
      inner = inner.unwrap();
    else if (inner instanceof z.ZodPipe) inner = inner.in;
    else return inner;
  }
}

/** Ids of Discord are whole numbers that JavaScript would round; `pulumi config set --path` writes them without quotes. */
function parseJson(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value;
  try {
    return JSON.parse(text, exact);
  } catch {
    return text; // the schema refuses it and names the key
  }
}
