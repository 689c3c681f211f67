/** Trees of configuration: mappings, and leaves below them. A list, and an empty mapping, are leaves. */

/** A mapping, as a tree has them. */
export type Tree = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Two trees as one: mappings key by key, a leaf of `above` wins. */
export function merged(below: Tree, above: Tree): Record<string, unknown> {
  const result: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = result[name];
    result[name] = isMapping(value) && isMapping(under) ? merged(under, value) : value;
  }
  return result;
}

/** A leaf by the names that lead to it: a name may have dots in it. */
export interface Branch {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every leaf of a tree, in its order. */
export function branchesOf(tree: Tree, above: readonly string[] = []): Branch[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const path = [...above, name];
    return isMapping(value) && Object.keys(value).length > 0 ? branchesOf(value, path) : [{ path, value }];
  });
}

/** The tree of some leaves. */
export function treeOf(branches: readonly Branch[]): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const { path, value } of branches) {
    let at = tree;
    for (const name of path.slice(0, -1)) {
      const under = at[name];
      const next = isMapping(under) ? under : {};
      at[name] = next;
      at = next;
    }
    const last = path.at(-1);
    if (last !== undefined) at[last] = value;
  }
  return tree;
}
