/** Who may do what in the repository: the one table. Pure, and default is no. */
import type { ClassName } from "../bindings.ts";

/** Kinds of object that restic keeps, beside `config`. */
export const objectTypes = ["data", "keys", "locks", "snapshots", "index"] as const;
export type ObjectType = (typeof objectTypes)[number];

interface Rights {
  /** Whose containers may hold the role. */
  readonly box: ClassName;
  /** Adds data, index and snapshot objects. */
  readonly append: boolean;
  /** Makes the repository (`config`, `keys/`) where none is. */
  readonly create: boolean;
  /** Writes locks, and removes its own or any. */
  readonly locks: "none" | "own" | "all";
  /** Removes data, index and snapshot objects. */
  readonly remove: boolean;
  /** Index objects it is shown: those that the promoted snapshot may need, or whatever lies there. */
  readonly indexes: "promoted" | "all";
}

const reader = { append: false, create: false, locks: "none", remove: false, indexes: "promoted" } as const;
const writer = { append: true, create: true, locks: "own", remove: false, indexes: "promoted" } as const;

/** What each role may; every role may read. */
export const rights = {
  backup: { box: "AgentBox", ...writer },
  restore: { box: "AgentBox", ...reader },
  import: { box: "CareBox", ...writer },
  drill: { box: "CareBox", ...reader },
  /** Answers an operator: diff, export. */
  desk: { box: "CareBox", ...reader },
  maintenance: { box: "CareBox", append: true, create: false, locks: "all", remove: true, indexes: "all" },
} as const satisfies Record<string, Rights>;
export type Role = keyof typeof rights;

/** Roles whose index objects everyone is shown: nothing that the agent's container could have become holds them. */
export const trustedIndexers: readonly string[] = ["maintenance", "import"] satisfies Role[];

/** Whether a text is a role. */
export function isRole(text: string): text is Role {
  return Object.hasOwn(rights, text);
}

/** Whether a role may store an object of a kind; `config` and keys only in an empty repository, which is asked of the bucket. */
export function mayAdd(role: Role, type: ObjectType | "config"): boolean {
  const { append, create, locks } = rights[role];
  if (type === "config" || type === "keys") return create;
  return type === "locks" ? locks !== "none" : append;
}

/** Whether a role may remove an object of a kind; `own`: if the same run of the same box stored it. */
export function mayRemove(role: Role, type: ObjectType | "config"): "yes" | "own" | "no" {
  const { locks, remove } = rights[role];
  if (type === "config" || type === "keys") return "no";
  if (type !== "locks") return remove ? "yes" : "no";
  return ({ all: "yes", own: "own", none: "no" } as const)[locks];
}
