/** A stack's MCP servers as the container takes them, and what its images need of them. */
import type { McpServerDeclaration } from "../../../../worker/mcpSchema.ts";
import { isMapping } from "../../trees.ts";
import type { SecretFileKey } from "../secretFiles.ts";
import { type McpServer, ownFields } from "./fields.ts";
import { installed } from "./problems.ts";

type Servers = Readonly<Record<string, McpServer>>;
/** Where a name is the user's own, and stays as it is. */
const free = ["env", "headers"];

/** As the declaration holds them, in the order of their names. */
export function mcpDeclaration(servers: Servers): Record<string, McpServerDeclaration> {
  const entries = Object.entries(servers).map(([name, server]): [string, McpServerDeclaration] => {
    const own = Object.fromEntries(Object.entries(server).filter(([field]) => !ownFields.includes(field)));
    const command = installed(server);
    return [
      name,
      {
        hermes: ofHermes(own),
        runIn: server.runIn,
        ...(command !== undefined && { installedArgs: [...command.args] }),
      },
    ];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The build argument that installs packages of the servers of one place: a word for each server, `name:manager:program:package,…`;
 * "" where none needs any.
 */
export function mcpPackages(servers: Servers, place: McpServerDeclaration["runIn"]): string {
  return Object.entries(servers)
    .flatMap(([name, server]) => {
      const command = server.runIn === place && server.enabled !== false ? installed(server) : undefined;
      return command === undefined
        ? []
        : [`${name}:${command.manager}:${command.program}:${command.packages.join(",")}`];
    })
    .sort()
    .join(" ");
}

/** What the servers' logins begin with. */
export function tokenFiles(servers: Servers): SecretFileKey[] {
  return Object.entries(servers).flatMap(([name, { tokenFile, clientFile }]) => [
    ...(tokenFile === undefined
      ? []
      : [{ key: `mcpServers.${name}.tokenFile`, file: tokenFile, path: `mcp-tokens/${name}.json` }]),
    ...(clientFile === undefined
      ? []
      : [{ key: `mcpServers.${name}.clientFile`, file: clientFile, path: `mcp-tokens/${name}.client.json` }]),
  ]);
}

/** `connectTimeout` is Hermes' `connect_timeout`. */
function ofHermes(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      isMapping(value) && !free.includes(name) ? ofHermes(value) : value,
    ]),
  );
}
