/** Where a document may lie: which paths are the stack's, and what to use instead of the others. */

/** What the paths of the workspace's documents begin with. */
export const inWorkspace = "workspace/";

/** Paths of Hermes' home, or folders of it (ending with a slash), that no document takes, each with what to do instead. */
const reserved: Readonly<Record<string, string>> = {
  "config.yaml": "Hermes' settings are talaria:settings, talaria:settingsFiles or talaria:configFile.",
  ".env": "Variables are talaria:environment and talaria:secretEnvironment.",
  "auth.json": "Hermes' logins are talaria:authFile.",
  "mcp-tokens/": "Tokens of MCP servers are talaria:mcpServers.<name>.tokenFile.",
  "skills/": "Skills are talaria:skills.",
  "plugins/": "Plugins are talaria:plugins.",
  "cron/": "Scheduled jobs are Hermes' own: ./talaria hermes -- cron --help",
  "sessions/": "Conversations come with an import: ./talaria import",
  "profiles/": "A second bot is a second stack.",
  "logs/": "Hermes writes its logs itself.",
  "state/": "Hermes writes its state itself.",
  "gateway/": "Hermes writes its state itself.",
  "pairing/": "Who may talk to the bot is allowedUsers of the chat platform's key.",
  ".talaria/": "Talaria keeps there which documents it has written.",
};

/** Files of a running gateway, and locks. */
const gatewayFile =
  /^(?:gateway|processes|cron|auth|channel_)[A-Za-z_.-]*\.(?:pid|lock|json)$|^\.(?:gateway|clean_shutdown)/;

/** Names that a person may expect Hermes to read where it does not. */
const misplaced: Readonly<Record<string, string>> = {
  "AGENTS.md": "Hermes reads it in the workspace: workspace/AGENTS.md.",
  "CLAUDE.md": "Hermes reads it in the workspace: workspace/CLAUDE.md.",
  "USER.md": "Hermes reads what it knows of its user in memories/USER.md.",
  "MEMORY.md": "Hermes reads its memory in memories/MEMORY.md.",
  "workspace/SOUL.md": "Hermes takes its identity from SOUL.md in its home alone.",
};

/** Whether a path is made of plain names: relative, nothing that leads up, nothing that a terminal or a file system takes amiss. */
export function isPlainPath(path: string): boolean {
  const parts = path.split("/");
  const isPlain = (part: string) =>
    part !== "" && part !== "." && part !== ".." && !/[\p{Cc}\\]/u.test(part) && Buffer.byteLength(part) <= 200;
  return path.isWellFormed() && parts.length <= 20 && parts.every(isPlain);
}

/** Why no document may have this path, and what to do; undefined where one may. */
export function pathProblem(path: string): { readonly reason: string; readonly next: readonly string[] } | undefined {
  if (!isPlainPath(path) || path === "workspace")
    return {
      reason: "is not the path of a document, such as SOUL.md, memories/USER.md or workspace/AGENTS.md.",
      next: [],
    };
  const wrongPlace = misplaced[path];
  if (wrongPlace !== undefined) return { reason: "would lie where Hermes does not read it.", next: [wrongPlace] };
  if (path.startsWith(inWorkspace)) return workspaceProblem(path.slice(inWorkspace.length));
  const owner = Object.entries(reserved).find(
    ([name]) => `${path}/` === name || path === name || (name.endsWith("/") && path.startsWith(name)),
  );
  if (owner !== undefined) return { reason: "is no document of the stack's.", next: [owner[1]] };
  if (/\.db(?:-wal|-shm|-journal)?$/.test(path))
    return {
      reason: "is a database that Hermes writes.",
      next: ["One that exists comes with an import: ./talaria import"],
    };
  if (gatewayFile.test(path)) return { reason: "is a file that a running gateway writes.", next: [] };
  return undefined;
}

function workspaceProblem(path: string): ReturnType<typeof pathProblem> {
  const [first = ""] = path.split("/");
  if (![".talaria", ".home", ".local", ".talaria-deleted"].includes(first)) return undefined;
  return { reason: `lies in ${first} of the workspace, which is Talaria's.`, next: [] };
}
