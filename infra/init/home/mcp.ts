/** MCP servers of a home, as `talaria:mcpServers`: fields in camelCase, secrets as `${NAME}`. */
import { isMapping } from "../../config/trees.ts";
import type { Finding } from "./finding.ts";

/** Below these the names are the user's own. */
const free = ["env", "headers"];
/** Headers that hold no secret. */
const plainHeaders = /^(?:accept|content-type|user-agent)$/i;
/** Values of a server's environment that may be read by everybody: switches, numbers, paths, addresses without a question. */
const plainValue = /^(?:true|false|yes|no|on|off|\d{1,6}|\/[\w./-]*|https?:\/\/[\w.:-]+(?:\/[\w./-]*)?)$/i;

/** Takes `mcp_servers` of config.yaml. */
export function takeServers(servers: unknown, found: Finding): void {
  if (!isMapping(servers)) return;
  const taken = Object.entries(servers).flatMap(([name, server]) =>
    isMapping(server) ? [[name, serverOf(name, server, found)] as const] : [],
  );
  if (taken.length > 0) found.config.mcpServers = Object.fromEntries(taken);
}

function serverOf(name: string, server: Readonly<Record<string, unknown>>, found: Finding): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(server)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([field, value]) => {
        const path = ["mcp", name, field];
        if (field === "env") return [field, environment(name, value, found)];
        if (field === "headers") return [field, headers(path, value, found)];
        return [camel(field), camelBelow(found.withoutSecrets(value, path))];
      }),
  );
}

/** A variable keeps its name, so that two servers with one token have one variable. */
function environment(server: string, value: unknown, found: Finding): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const text = String(one);
      if (plainValue.test(text) || text.includes("${")) return [name, text];
      const own = found.secretEnvironment[name];
      const wanted = own === undefined || own === text ? name : `mcp_${server}_${name}`;
      return [name, `\${${found.variable(wanted, text)}}`];
    }),
  );
}

function headers(path: readonly string[], value: unknown, found: Finding): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const isPlain = plainHeaders.test(name);
      return [name, found.withoutSecrets(String(one), [...path.slice(0, 2), name], () => isPlain)];
    }),
  );
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function camelBelow(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [camel(name), free.includes(name) ? one : camelBelow(one)]),
  );
}
