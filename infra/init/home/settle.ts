/** What a deploy would refuse of a home stays the user's own: it is left out, with the reason. */
import { providers } from "../../../worker/bindings.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import { branchesOf, isMapping, treeOf } from "../../config/trees.ts";
import type { StackDraft } from "../draft.ts";
import { type Checkout, problemsOf } from "../plan.ts";
import type { Finding } from "./finding.ts";

/** Keys below which each name is the user's, dots and all. */
const named = ["documents", "mcpServers", "environment"];

/** Leaves out what is refused, until nothing is. What is asked for later counts as answered. */
export function settle(stack: string, found: Finding, checkout: Checkout, draftOf: () => StackDraft): StackDraft {
  const nothing: Checkout = {
    ...checkout,
    read: (file) => (file === `Pulumi.${stack}.yaml` ? undefined : checkout.read(file)),
  };
  for (;;) {
    const draft = draftOf();
    const asked = Object.fromEntries(Object.values(providers).map(({ configKey }) => [configKey, "asked for later"]));
    const problems = problemsOf(stack, { ...draft, secrets: { ...asked, ...draft.secrets } }, nothing);
    const dropped = problems.filter((problem) => drop(problem, found));
    if (dropped.length === 0) return draft;
    for (const { key, reason, next } of dropped)
      found.note(`${key} ${reason} ${next.filter((line) => !line.startsWith("pulumi ")).join(" ")}`.trim());
  }
}

/** Takes out what a problem is about. @returns whether it was of the home */
function drop({ key }: ConfigProblem, found: Finding): boolean {
  const [top = "", ...rest] = key.split(".");
  const path = rest.join(".");
  if (top === "settings") return dropSetting(path, found);
  if (top === "secretEnvironment") return dropName(found.secretEnvironment, path);
  if (top in found.secrets) return delete found.secrets[top];
  const value = found.config[top];
  if (value === undefined) return false;
  const inner = isMapping(value) ? { ...value } : {};
  const done = named.includes(top) ? dropName(inner, path) : path !== "" && dropName(inner, rest[0] ?? "");
  if (done && Object.keys(inner).length > 0) found.config[top] = inner;
  else delete found.config[top];
  return true;
}

function dropSetting(path: string, found: Finding): boolean {
  const all = branchesOf(found.settings);
  const kept = all.filter((branch) => {
    const dotted = branch.path.join(".");
    return dotted !== path && !dotted.startsWith(`${path}.`) && !path.startsWith(`${dotted}.`);
  });
  found.settings = treeOf(kept);
  return kept.length < all.length;
}

/** The name that a path begins with. */
function dropName(entries: Record<string, unknown>, path: string): boolean {
  const name = Object.keys(entries).find(
    (one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`),
  );
  return name !== undefined && delete entries[name];
}
