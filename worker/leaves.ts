/** The leaves of a tree: what is neither a mapping nor above one. */

/** One leaf with its dotted path. A list, and an empty mapping, are leaves. */
export interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** Every leaf, in the tree's own order. */
export function leavesOf(tree: object, above = ""): Leaf[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => {
    const path = above + name;
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMapping && Object.keys(value).length > 0 ? leavesOf(value, `${path}.`) : [{ path, value }];
  });
}
