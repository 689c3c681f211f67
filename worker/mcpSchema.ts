/** What a container is told of the stack's MCP servers. Imports nothing but zod: `declarationSchema.ts` is loaded by Node and workerd alike. */
import * as z from "zod";

/** Where a server that is a program runs: beside the gateway, or in Exec. */
export const mcpPlaces = ["agent", "exec"] as const;

/** One server. Holds no secret: values name variables as `${NAME}`. */
export const mcpServerSchema = z.object({
  /** What Hermes reads under `mcp_servers.<name>`, under its own names. */
  hermes: z.record(z.string(), z.unknown()),
  runIn: z.enum(mcpPlaces),
  /** The arguments of the program that the image has installed for it; absent where it needs nothing installed. */
  installedArgs: z.array(z.string()).optional(),
});
export type McpServerDeclaration = z.infer<typeof mcpServerSchema>;
