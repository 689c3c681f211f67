/** A YAML file with the line of everything in it. */
import { isAlias, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";

/** What a file says. */
export interface YamlText {
  readonly value: unknown;
  /** What is wrong with its form, each with its line (from 1). */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  /** The line (from 1) of what `path` leads to; where that is not there, of what lies nearest above it. */
  lineOf(path: readonly string[]): number | undefined;
}

/** Reads YAML, and JSON, which is YAML. Never throws: what is wrong stands in `problems`. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const at = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line);
  const problems = document.errors.map(({ pos, message }) => ({
    line: at(pos[0]) ?? 1,
    message: message.split("\n")[0] ?? message,
  }));
  return {
    value: problems.length > 0 ? undefined : document.toJS(),
    problems,
    lineOf(path) {
      let node: Node | null | undefined = document.contents;
      let line: number | undefined;
      for (let from = 0; from < path.length; ) {
        if (isAlias(node)) node = node.resolve(document);
        if (!isMap<Node, Node>(node)) break;
        const found = pairAt(node, path.slice(from));
        if (found === undefined) break;
        line = at(found.pair.key.range?.[0]);
        node = found.pair.value;
        from += found.parts;
      }
      return line;
    },
  };
}

/** The pair that a path begins with, and how many of its parts the key takes: a key may hold dots itself, as `SOUL.md` does. */
function pairAt(
  map: YAMLMap<Node, Node>,
  path: readonly string[],
): { pair: Pair<Node, Node>; parts: number } | undefined {
  for (let parts = path.length; parts > 0; parts--) {
    const name = path.slice(0, parts).join(".");
    const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    if (pair !== undefined) return { pair, parts };
  }
  return undefined;
}
