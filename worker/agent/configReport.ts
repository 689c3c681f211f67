/** What Hermes goes by, leaf by leaf: who said so, and where the container differs from the stack. */
import * as z from "zod";
import type { Declaration } from "../declarationSchema.ts";
import { leavesOf } from "../leaves.ts";
import type { ConfigLeaf } from "./configLeaf.ts";
import { boxDocumentSchema, documentLeaves } from "./documentReport.ts";

/** What `talaria-state config` says of the container. Values are masked there. */
export const boxConfigSchema = z.object({
  /** Leaves of the managed scope that the stack declared, and those that Talaria needs; the rest of it are Talaria's defaults. */
  stack: z.array(z.string()),
  own: z.array(z.string()),
  /** Wins over `user`. */
  managed: z.record(z.string(), z.unknown()),
  /** The home's config.yaml: what the user or the agent set. */
  user: z.record(z.string(), z.unknown()),
  /** Since when a leaf has its value, ISO 8601, and whose word one of the home is. An image from before it says nothing. */
  ages: z
    .object({
      managed: z.record(z.string(), z.string()),
      user: z.record(z.string(), z.object({ at: z.string(), by: z.enum(["user", "agent"]) })),
    })
    .default({ managed: {}, user: {} }),
  /** Why the home's config.yaml cannot be read. */
  problem: z.string().nullable(),
  /** Absent in an image from before there were any. */
  documents: z.array(boxDocumentSchema).default([]),
});
export type BoxConfig = z.infer<typeof boxConfigSchema>;

/** `GET /api/config`. */
export interface ConfigReport {
  readonly stack: string;
  /** Whether a container was looked at; without one only what the stack declares is known. */
  readonly looked: boolean;
  /** Whether the gateway was started with what is declared now; null while none runs. */
  readonly applied: boolean | null;
  /** Sorted by path. */
  readonly leaves: readonly ConfigLeaf[];
  readonly problem: string | null;
}

/** @param applied whether the gateway runs with what is declared; null while it is down */
export function configReport(
  {
    stack,
    settings,
    documents = {},
    mcpServers = {},
  }: Pick<Declaration, "stack" | "settings" | "documents" | "mcpServers">,
  box: BoxConfig | null,
  applied: boolean | null,
  mask: (text: string) => string,
): ConfigReport {
  const declared = new Map(leavesOf(settings).map(({ path, value }) => [path, shown(value, mask)]));
  const found = box === null ? fromStack(declared) : fromBox(declared, box, Object.keys(mcpServers), mask);
  const files = documentLeaves(documents, box === null ? null : box.documents);
  const leaves = [...found, ...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { stack, looked: box !== null, applied, leaves, problem: box?.problem ?? null };
}

function fromStack(declared: ReadonlyMap<string, string>): ConfigLeaf[] {
  return [...declared].map(([path, json]) => ({ path, json, source: "declared" as const, at: null, drift: null }));
}

/** @param servers MCP servers of the stack: the container makes their leaves, which stand in no settings */
function fromBox(
  declared: ReadonlyMap<string, string>,
  box: BoxConfig,
  servers: readonly string[],
  mask: (text: string) => string,
): ConfigLeaf[] {
  const managed = Object.entries(box.managed).map(([path, raw]): ConfigLeaf => {
    const json = shown(raw, mask);
    const source = box.own.includes(path) ? "talaria" : box.stack.includes(path) ? "declared" : "default";
    const isServers = servers.some((name) => path.startsWith(`mcp_servers.${name}.`)) && !declared.has(path);
    const drift = source === "declared" && !isServers ? differs(declared, path, json) : null;
    const at = box.ages.managed[path] ?? null;
    return { path, json, source, at, drift: drift ?? hides(box.user, path, json, mask) };
  });
  const users = Object.entries(box.user)
    .filter(([path]) => !(path in box.managed))
    .map(([path, raw]): ConfigLeaf => {
      const { at = null, by = "user" } = box.ages.user[path] ?? {};
      return { path, json: shown(raw, mask), source: by, at, drift: null };
    });
  const missing = [...declared]
    .filter(([path]) => !(path in box.managed))
    .map(([path, json]): ConfigLeaf => {
      const drift = "declared, and not in the container yet: the gateway takes it when it starts";
      return { path, json, source: "declared", at: null, drift };
    });
  return [...managed, ...users, ...missing];
}

function differs(declared: ReadonlyMap<string, string>, path: string, json: string): string | null {
  const wanted = declared.get(path);
  if (wanted === undefined) return "in the container, and no longer declared: it goes when the gateway starts";
  // A value that was masked on one side says nothing about the other.
  if (wanted === json || wanted.includes(hidden) || json.includes(hidden)) return null;
  return `the stack declares ${wanted}: the gateway takes it when it starts`;
}

/** What the home's file says of a leaf that the scope decides: it does not count. */
function hides(user: BoxConfig["user"], path: string, json: string, mask: (text: string) => string): string | null {
  if (!(path in user)) return null;
  const said = shown(user[path], mask);
  return said === json ? null : `the home's config.yaml says ${said}, which does not count`;
}

const hidden = "[secret]";

function shown(value: unknown, mask: (text: string) => string): string {
  return mask(JSON.stringify(value ?? null));
}
