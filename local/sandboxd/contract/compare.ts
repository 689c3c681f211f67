/** Compares answers by the rules in the recording's `about`. */
import type { Observed } from "./client.ts";
import type { Exchange } from "./recording.ts";

/** Lists whose order says nothing. */
const unordered = new Set(["processes", "files", "data"]);

/** Differences between a recorded and an observed answer, one line each; none means that they agree. */
export function differences({ request, answer }: Exchange, observed: Observed): string[] {
  if (answer.none) return observed.answered ? ["an answer came where the real server never answers"] : [];
  if (!observed.answered) return ["no answer came"];
  return [
    ...compareValues("status", answer.status, observed.status),
    ...compareHeaders(answer, observed),
    ...compareContent(request, answer, observed),
  ];
}

type Answer = Exchange["answer"];

function compareHeaders(answer: Answer, { headers }: Observed): string[] {
  const wanted = ["content-type", "cache-control", "connection"].filter((name) => answer.headers?.[name] !== undefined);
  const origin = answer.cors === false ? undefined : "*, *";
  return [
    ...wanted.flatMap((name) => compareValues(name, answer.headers?.[name], headers[name])),
    ...compareValues("access-control-allow-origin", origin, headers["access-control-allow-origin"]),
  ];
}

function compareContent(request: Exchange["request"], answer: Answer, { text, endedBy }: Observed): string[] {
  if (answer.stream) {
    return [
      ...compareValues("endedBy", answer.stream.endedBy, endedBy),
      ...compareValues("events", merge(answer.stream.events), merge(eventsIn(text))),
    ];
  }
  if (answer.body === undefined) return compareValues("text", answer.text ?? "", text);
  const [recorded, observed] = [answer.body, JSON.parse(text)];
  if (request.path !== "/api/session/create") return compareValues("body", recorded, observed);
  const { data: was, ...fields } = Object(recorded);
  const { data: is, ...observedFields } = observed;
  return [...compareValues("body.data.id", was?.id, is?.id), ...compareValues("body", fields, observedFields)];
}

function eventsIn(text: string): Record<string, unknown>[] {
  const frames = text.split("\n\n");
  const rest = frames.pop();
  if (rest) throw new Error(`the stream ends inside an event: ${rest}`);
  return frames.map((frame) => {
    if (!/^data: .*$/.test(frame)) throw new Error(`not a line of data: ${frame}`);
    return JSON.parse(frame.slice("data: ".length));
  });
}

/** The signal reaches children first: whether the shell still says so of its child before its own end is a matter of time, too. */
const shellsWord = /^Terminated\n$/m;

/** Joins neighbouring output events: where output is cut is a matter of time. */
function merge(events: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const merged: Record<string, unknown>[] = [];
  for (const event of events) {
    const last = merged.at(-1);
    const isOutput = event.type === "stdout" || event.type === "stderr";
    if (last && isOutput && last.type === event.type) last.data = `${last.data}${event.data}`;
    else merged.push({ ...event });
  }
  for (const event of merged) if (event.type === "stderr") event.data = String(event.data).replace(shellsWord, "");
  return merged;
}

function compareValues(where: string, recorded: unknown, observed: unknown): string[] {
  if (typeof recorded === "string") return matches(recorded, observed) ? [] : [differ(where, recorded, observed)];
  if (Array.isArray(recorded) && Array.isArray(observed)) return compareLists(where, recorded, observed);
  if (isObject(recorded) && isObject(observed)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(observed)]);
    return [...keys].flatMap((key) => compareValues(`${where}.${key}`, recorded[key], observed[key]));
  }
  return Object.is(recorded, observed) ? [] : [differ(where, recorded, observed)];
}

function compareLists(where: string, recorded: unknown[], observed: unknown[]): string[] {
  if (recorded.length !== observed.length) return [differ(where, recorded, observed)];
  if (!unordered.has(where.split(".").at(-1) ?? "")) {
    return recorded.flatMap((item, index) => compareValues(`${where}[${index}]`, item, observed[index]));
  }
  const left = [...observed];
  // Those with a placeholder for an id come last: they match anything of their kind.
  const exactFirst = recorded.toSorted((a, b) => Number(hasPlaceholderId(a)) - Number(hasPlaceholderId(b)));
  return exactFirst.flatMap((item) => {
    const at = left.findIndex((candidate) => compareValues(where, item, candidate).length === 0);
    if (at === -1) return [`${where}: nothing like ${JSON.stringify(item)} in ${JSON.stringify(left)}`];
    left.splice(at, 1);
    return [];
  });
}

function hasPlaceholderId(item: unknown): boolean {
  return /^<\w+>$/.test(String(isObject(item) ? item.id : item));
}

/** `<word>` stands for any text or number, `<base64, N characters>` for base64 of that length. */
function matches(recorded: string, observed: unknown): boolean {
  if (typeof observed === "number") return /^<\w+>$/.test(recorded);
  if (typeof observed !== "string") return false;
  const length = /^<base64, (\d+) characters>$/.exec(recorded)?.[1];
  if (length !== undefined) return observed.length === Number(length) && /^[A-Za-z0-9+/]*=*$/.test(observed);
  const parts = maskTexts(recorded).split(/<(?:timestamp|processId|sessionId|pid|traceId|ms|watchId|stack|size)>/);
  return new RegExp(`^${parts.map(literally).join("[\\s\\S]*")}$`).test(maskTexts(observed));
}

/** Texts of bash, git, mv, mkdir and of the JavaScript engine are their own affair. */
function maskTexts(text: string): string {
  return text
    .replace(/((\/bin\/)?bash: (-c: )?line \d+: |mkdir: |mv: |Cloning into |fatal: )[\s\S]*$/, "(tool text)")
    .replace(
      /((undefined|null) is not an object|\S+ is not a function|Bun\.write|content must be )[\s\S]*$/,
      "(engine text)",
    );
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function differ(where: string, recorded: unknown, observed: unknown): string {
  return `${where}: recorded ${JSON.stringify(recorded)}, observed ${JSON.stringify(observed)}`;
}
