/** What a draft would write, held against what is there and against the same checks as a deploy. */
import { plainKeys, secretBindings } from "../config/keys.ts";
import { parseConfig } from "../config/parse.ts";
import { type ConfigProblem, describeProblems } from "../config/problem.ts";
import { repositoryAt, top, withTexts } from "../config/repository.ts";
import type { ConfigSource } from "../config/source.ts";
import { stackFile } from "../config/stackFile.ts";
import type { StackDraft } from "./draft.ts";
import { stackText } from "./stackText.ts";

/** A folder with a `Pulumi.yaml`. */
export interface Checkout {
  /** The project's name, which is the namespace of its keys. */
  readonly project: string;
  /** Text of a file, by its path from the repository's top; undefined where there is none. */
  read(file: string): string | undefined;
}

/** One file of a plan. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  readonly secret: boolean;
  readonly state: "new" | "changed" | "same";
}

export interface Plan {
  /** The stack's file first. */
  readonly files: readonly PlannedFile[];
  /** Plain values of the stack's file that would become others, and secrets that are set already and would, too. */
  readonly replaced: readonly string[];
  /** What a deploy would refuse, as it would say it; undefined: nothing. */
  readonly problems: string | undefined;
}

/** The name of a stack's file. */
export const stackFileName = (stack: string) => `Pulumi.${stack}.yaml`;

/** Plans it, and writes nothing. */
export function planOf(stack: string, draft: StackDraft, checkout: Checkout): Plan {
  const { project, read } = checkout;
  const file = stackFileName(stack);
  const before = read(file);
  const { text, replaced } = stackText(stack, project, before, draft.config);
  const beside = Object.entries(draft.files).map(([path, { text: own, secret = false }]) =>
    planned(path, own, secret, read),
  );
  const problems = problemsOf(stack, draft, checkout);
  const there = stackFile(file, before ?? "", project).keys;
  return {
    files: [planned(file, text, false, read), ...beside],
    replaced: [...replaced, ...Object.keys(draft.secrets).filter((key) => key in there)],
    problems: problems.length === 0 ? undefined : describeProblems(project, stack, problems),
  };
}

function planned(path: string, text: string, secret: boolean, read: Checkout["read"]): PlannedFile {
  const before = read(path);
  return { path, text, secret, state: before === undefined ? "new" : before === text ? "same" : "changed" };
}

/** Stands for a secret that the file holds encrypted: which one it is, nobody here can tell. */
const sealed = "(encrypted)";

/** Everything that a deploy would refuse of a stack that is as its file is, with a draft put into it. */
export function problemsOf(stack: string, draft: StackDraft, { project, read }: Checkout): readonly ConfigProblem[] {
  const name = stackFileName(stack);
  const file = stackFile(name, stackText(stack, project, read(name), draft.config).text, project);
  const kept = Object.keys(file.keys).filter((key) => key in secretBindings && file.isSealed(key));
  const variables =
    Object.keys(draft.secretEnvironment).length > 0 ? { secretEnvironment: draft.secretEnvironment } : {};
  const all: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(Object.entries(file.keys).filter(([key]) => key !== "secretEnvironment")),
    ...Object.fromEntries(kept.map((key) => [key, `${sealed} ${key}`])),
    ...draft.secrets,
    ...variables,
  };
  const source: ConfigSource = {
    ...{ project, stack, locate: file.locate },
    values: Object.fromEntries(
      Object.entries(all).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    isSecret: (key) => {
      const [name = ""] = key.split(".");
      return name in draft.secrets || name === "secretEnvironment" || (name in file.keys && file.isSealed(name));
    },
    read: (path) => draft.files[path]?.text ?? read(path),
    repository: withTexts(repositoryAt(top), (path) => draft.files[path]?.text),
    isTracked: () => false, // a deploy warns of it; what is drafted here is kept out of git
  };
  return parseConfig(source).problems.filter(({ key }) => !kept.includes(key) || key in draft.secrets);
}

/** What is wrong with one value, as soon as it is typed; undefined where nothing is, or where only the rest can tell. */
export function problemWith(key: string, value: unknown): string | undefined {
  const known: Readonly<Record<string, (typeof plainKeys)[keyof typeof plainKeys] | undefined>> = plainKeys;
  const parsed = known[key]?.schema.safeParse(value);
  return parsed === undefined || parsed.success ? undefined : parsed.error.issues[0]?.message;
}
