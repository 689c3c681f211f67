/** The program's commands about MCP servers. */

import type { Command } from "commander";
import { type McpLoginOptions, mcpList, mcpLogin, mcpLogout } from "./commands/mcp.ts";
import { run, whole } from "./parsing.ts";

/** Adds them. */
export function addMcpCommands(program: Command): void {
  const mcp = program
    .command("mcp")
    .description("the bot's MCP servers; what the stack declares of them: talaria:mcpServers");
  mcp
    .command("list")
    .description("the servers that Hermes has, the stack's and the user's")
    .action(run((context) => mcpList(context)));
  mcp
    .command("login")
    .description("log in at a server with auth: oauth; the browser's answer is carried to the bot")
    .argument("<name>", "the server")
    .option("--timeout <seconds>", "how long the login may take", whole(10, 3600), 300)
    .option("--no-open", "only print the address")
    .action(run((context, command) => mcpLogin(context, command.args[0] ?? "", command.opts<McpLoginOptions>())));
  mcp
    .command("logout")
    .description("remove the login of a server from the bot")
    .argument("<name>", "the server")
    .action(run((context, command) => mcpLogout(context, command.args[0] ?? "")));
}
