/**
 * What an upload changes, and what becomes of the bot by it: the lines that `pulumi preview` says of the Worker.
 * The engine keeps it as text with the provider: pure functions, no library.
 */
import { type Effect, effectOf, effectOfSecret } from "../../worker/identity.ts";
import { fileWords } from "./fileWords.ts";

/** Beside the declaration's leaves stands what a month would cost. */
export const costLeaf = "cost";

/** The part of an upload that says what is declared. */
export interface DeclaredUpload {
  /** Hash of the Worker's code. */
  readonly bundle: string;
  /** Leaves of the declaration as JSON, a long one by its hash; what an upload before this version did not say is missing. */
  readonly declared?: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface ChangeWords {
  /** A line for each change. */
  readonly lines: readonly string[];
  /** Whether one of them reaches Hermes' container, so that it matters whether the bot is up. */
  readonly reachesTheBox: boolean;
}

/** What is said of one change, and of how many. */
const mostLines = 40;
const widest = 60;
/** Of a longer value its end stays: an image ends in its digest. */
const lastOf = 30;

/** Pulumi's word for a value that is known once something before it is made. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** @param olds what was uploaded last, @param news what will be */
export function changeWords(olds: DeclaredUpload, news: DeclaredUpload): ChangeWords {
  const leaves = olds.declared === undefined ? [] : leafChanges(olds.declared, news.declared ?? {});
  const secrets = secretChanges(olds.secrets, news.secrets);
  const code: Change[] = olds.bundle === news.bundle ? [] : [{ what: "the Worker's code", effect: "none", path: "" }];
  const changes = [...leaves, ...secrets, ...code];
  const lines = changes.map(({ what, effect, path, words }) => `${what}: ${words ?? wordsOf(effect, path)}`);
  const rest = lines.length - mostLines;
  return {
    lines: rest > 0 ? [...lines.slice(0, mostLines), `and ${rest} more`] : lines,
    reachesTheBox: changes.some(({ effect }) => effect === "container" || effect === "gateway"),
  };
}

interface Change {
  readonly what: string;
  readonly effect: Effect;
  readonly path: string;
  /** What becomes of the bot, where the effect alone does not say it. */
  readonly words?: string;
}

function leafChanges(olds: Readonly<Record<string, string>>, news: Readonly<Record<string, string>>): Change[] {
  const paths = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  const differ = paths.filter((path) => olds[path] !== news[path]);
  // A tag says nothing beside the reference that it belongs to, and Care runs the image of Hermes.
  const told = differ.filter(
    (path) => !path.startsWith("tags.") && path !== "images.care" && !path.startsWith("versions."),
  );
  return told.map((path) =>
    path === costLeaf
      ? costChange(olds[path], news[path])
      : {
          what: `${path} ${fromTo(path, olds[path], news[path])}`,
          ...fileWords(path, olds[path], news[path]),
          effect: effectOf(path),
          path,
        },
  );
}

function costChange(before: string | undefined, after: string | undefined): Change {
  const words = "an estimate by Cloudflare's prices, without model tokens";
  const what = `a month's cost ${fromTo(costLeaf, before, after)}${differenceOf(before, after)}`;
  return { what, words, effect: "none", path: costLeaf };
}

/** Of two amounts such as `$12.01`. */
function differenceOf(before: string | undefined, after: string | undefined): string {
  if (before === undefined || after === undefined) return "";
  const more = Number(after.slice(1)) - Number(before.slice(1));
  return `, $${Math.abs(more).toFixed(2)} ${more < 0 ? "less" : "more"}`;
}

function fromTo(path: string, before: string | undefined, after: string | undefined): string {
  if (before === undefined) return `= ${shown(after)}`;
  if (after === undefined && path.startsWith("settings."))
    return "is no longer declared, and the user's value or the default counts again";
  if (after === undefined) return "is no longer declared";
  return `${shown(before)} → ${shown(after)}`;
}

function shown(value = ""): string {
  if (value === unknown) return "known once it is built";
  return value.length <= widest ? value : `${value.slice(0, widest - lastOf)}…${value.slice(-lastOf)}`;
}

function secretChanges(olds: Readonly<Record<string, string>>, news: Readonly<Record<string, string>>): Change[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  const differ = names.filter((name) => valueNow(olds[name]) !== valueNow(news[name]));
  return differ.map((name) => {
    const how = olds[name] === undefined ? "is new" : news[name] === undefined ? "goes" : "has another value";
    return { what: `secret ${name} ${how}`, effect: effectOfSecret(name), path: name };
  });
}

/** Of a secret that rotates the current value: that the one before it ends is no change of the bot. */
function valueNow(text: string | undefined): string | undefined {
  return /^\{"current":"([^"]*)"/.exec(text ?? "")?.[1] ?? text;
}

function wordsOf(effect: Effect, path: string): string {
  if (effect === "gateway") return "restarts the gateway";
  if (effect === "none") return "nothing to do in the box";
  if (effect === "exec") return "replaces Exec's containers, each as soon as nothing runs in it";
  const [top = ""] = path.split(".");
  const part = { agent: "network", engine: "engine", sizes: "size" }[top] ?? "image";
  return `replaces the container (${part})`;
}
