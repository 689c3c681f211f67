/**
 * What a preview says of a document, a skill or a plugin. The engine keeps it as text with the provider: pure functions, no library.
 */

/** A change of a file, in words. */
export interface FileWords {
  /** Which one, and how it changes. */
  readonly what: string;
  /** What becomes of it in the box. */
  readonly words: string;
}

/** Undefined for a leaf that is no file. @param before how the leaf was declared last, @param after how it is now */
export function fileWords(path: string, before: string | undefined, after: string | undefined): FileWords | undefined {
  const [, kind = "", name = ""] = /^(documents|skills|plugins)\.(.+)$/.exec(path) ?? [];
  if (kind === "") return undefined;
  const what = `${kind.slice(0, -1)} ${name} ${how(before, after)}`;
  return { what, words: kind === "documents" ? ofDocument(name, before, after) : "restarts the gateway" };
}

function how(before: string | undefined, after: string | undefined): string {
  if (after === undefined) return "is no longer declared";
  if (before === undefined) return `is new (${sizeOf(after)})`;
  return `changes (${sizeOf(before)} → ${sizeOf(after)})`;
}

/** Its leaf is `sha256 <12 hex>, <n> bytes`; of a plugin that a package brings, `true`. */
function sizeOf(leaf: string): string {
  return leaf === "true" ? "by a package" : (leaf.split(", ")[1] ?? leaf);
}

function ofDocument(name: string, before: string | undefined, after: string | undefined): string {
  const everywhere = name.startsWith("workspace/") ? ", and in each workspace before its next command" : "";
  if (after === undefined)
    return `restarts the gateway, which removes it${everywhere}; one that the agent has edited stays, and is its own`;
  const theirs = before === undefined ? "a file that is there" : "one that the agent has edited";
  return `restarts the gateway, which writes it${everywhere}; ${theirs} stays beside it as ${name.split("/").at(-1)}.agent-DATE`;
}
