/** The text of `Pulumi.<stack>.yaml`: a new one, or one that is there with keys added; comments and other keys stay. */
import { type Document, isMap, isNode, parseDocument } from "yaml";
import { branchesOf, type Tree } from "../config/trees.ts";

/** The text, and what it changes of the one that was there. */
export interface StackText {
  readonly text: string;
  /** Dotted paths of plain values that were there, and were others. */
  readonly replaced: readonly string[];
}

const heading = (stack: string) =>
  ` The bot of stack ${stack}. Secrets are encrypted; README.md explains the keys.\n Deploy it: npm run pulumi -- up --stack ${stack}`;

/** Puts `config` into `existing`, leaf by leaf; undefined or "" begins a new file. */
export function stackText(stack: string, project: string, existing: string | undefined, config: Tree): StackText {
  const document: Document = parseDocument(existing ?? "");
  if (!isMap(document.contents)) document.contents = document.createNode({});
  if (!document.has("config") && !document.commentBefore) document.commentBefore = heading(stack);
  const replaced: string[] = [];
  for (const { path, value } of branchesOf(config)) {
    const [key = "", ...fields] = path;
    const at = ["config", `${project}:${key}`, ...fields];
    const node = document.getIn(at, true);
    const before: unknown = isNode(node) ? node.toJS(document) : undefined;
    if (before !== undefined && alike(before, value)) continue;
    if (before !== undefined) replaced.push(path.join("."));
    clearTheWay(document, at);
    document.setIn(at, document.createNode(value));
  }
  return { text: document.toString({ lineWidth: 0 }), replaced };
}

/** Pulumi writes numbers and switches as text, whenever it writes the file. */
function alike(before: unknown, value: unknown): boolean {
  const plain = typeof value !== "object" && typeof before !== "object";
  return plain ? String(before) === String(value) : JSON.stringify(before) === JSON.stringify(value);
}

/** What held nothing, or a text, becomes a mapping where fields are put below it. */
function clearTheWay(document: Document, at: readonly string[]): void {
  for (let length = 1; length < at.length; length++) {
    const above = at.slice(0, length);
    if (!isMap(document.getIn(above, true))) document.setIn(above, document.createNode({}));
  }
}
