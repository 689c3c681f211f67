/** One thing that is wrong with a stack's configuration. */
export interface ConfigProblem {
  /** `accountId`, or `model.default` for a field. */
  readonly key: string;
  /** Completes "talaria:<key> …". */
  readonly reason: string;
  /** What mends it: words, then a command. */
  readonly next: readonly string[];
  /** Where the key stands, such as `Pulumi.dev.yaml:4`. */
  readonly at?: string | undefined;
}

/** All problems as one message for a person. */
export function describeProblems(project: string, stack: string, problems: readonly ConfigProblem[]): string {
  const one = problems.length === 1;
  const head = one ? "The configuration has a problem:" : `The configuration has ${problems.length} problems:`;
  return typedFor(stack, [head, ...problems.map((problem) => describe(project, problem))].join("\n\n"));
}

/** A local stack lies in a backend of its own, which only `npm run pulumi` knows; each command says so. */
export function typedFor(stack: string, text: string): string {
  const isLocal = stack === "local" || stack.startsWith("local-");
  if (!isLocal) return text;
  const named = stack === "local" ? "" : `--stack ${stack} `;
  return text.replace(/(?<=^\s*|: )pulumi (?=\w+ )/gm, `npm run pulumi -- ${named}`);
}

function describe(project: string, { key, reason, next, at }: ConfigProblem): string {
  const lines = [`${project}:${key} ${reason}`, ...next.map((line) => `    ${line}`)];
  if (at !== undefined) lines.push(`${lines.pop() ?? ""}     (${at})`);
  return lines.join("\n");
}

/** What mends a problem of which the reason says all: the way out of where it stands. */
export function wayOut(project: string, key: string): string {
  const [top = "", ...rest] = key.split(".");
  const name = rest.join(".").replace(/\.file$/, "");
  const path =
    top === "documents" ? `'${project}:${top}["${name}"]'` : `${project}:${[top, ...rest.slice(0, 1)].join(".")}`;
  return `Mend it, or leave it out: pulumi config rm --path ${path}`;
}

/** The command that sets a key; a key with a dot is a field of an object, and brackets and stars are quoted for the shells that expand them. */
export function setCommand(project: string, key: string, value: string, secret = false): string {
  const flags = `${secret ? "--secret " : ""}${/[.[]/.test(key) ? "--path " : ""}`;
  const named = quoted(`${project}:${key}`);
  const given = value.includes("*") && !value.startsWith('"') ? `"${value}"` : value;
  return `pulumi config set ${flags}${named}${given === "" ? "" : ` ${given.startsWith("-") ? "-- " : ""}${given}`}`;
}

/** The command that takes a key, or a field of one, away. */
export function removeCommand(project: string, key: string): string {
  return `pulumi config rm --path ${quoted(`${project}:${key}`)}`;
}

function quoted(path: string): string {
  if (path.includes('"')) return `'${path}'`;
  return path.includes("[") ? `"${path}"` : path;
}
