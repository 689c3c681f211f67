/** MCP servers of the stack as leaves of Hermes' configuration. */
import type { Declaration } from "../declarationSchema.ts";
import { type Leaf, leavesOf } from "../leaves.ts";

type Servers = NonNullable<Declaration["mcpServers"]>;

/** How a server is started: of one that the image installs, or that runs in Exec, the container decides that. */
const startFields = ["command", "args", "env", "cwd"];

/** What the stack declares of them, without how those are started that the container starts its own way. */
export function mcpLeaves(servers: Servers): Leaf[] {
  const declared = Object.entries(servers).map(([name, { hermes, ...rest }]) => {
    const fields = Object.entries(hermes).filter(([field]) => !isOwnStart(rest) || !startFields.includes(field));
    return [name, Object.fromEntries(fields)];
  });
  return declared.length === 0 ? [] : leavesOf({ mcp_servers: Object.fromEntries(declared) });
}

/** Whether a leaf is how the container itself starts a server of the stack. */
export function isStartOfMcp(path: string, servers: Servers): boolean {
  return Object.entries(servers).some(
    ([name, server]) =>
      isOwnStart(server) &&
      startFields.some((field) => {
        const start = `mcp_servers.${name}.${field}`;
        return path === start || path.startsWith(`${start}.`);
      }),
  );
}

function isOwnStart({ runIn, installedArgs }: Pick<Servers[string], "runIn" | "installedArgs">): boolean {
  return runIn === "exec" || installedArgs !== undefined;
}
