/** What is wrong with `mcpServers` beyond the kind of each field: what does not go together, secrets in plain text, packages without a pin. */
import { isSafeUrl } from "../../values.ts";
import type { McpServer } from "./fields.ts";
import { type InstalledCommand, installedCommand } from "./packages.ts";
import type { McpProblem } from "./problem.ts";
import { plainSecrets, variablesNamed } from "./values.ts";

/** What is known beside the servers. */
export interface McpSurroundings {
  /** Variables of Hermes' gateway that the stack declares, plain and secret. */
  readonly variables: readonly string[];
  /** Names under `settings.mcp_servers`. */
  readonly inSettings: readonly string[];
}

/** Variables that a process of the gateway has in any case, and names that Hermes fills in itself. */
const alwaysThere = [
  "HOME",
  "PATH",
  "USER",
  "LANG",
  "TMPDIR",
  "HERMES_HOME",
  "userHome",
  "workspaceFolder",
  "workspaceFolderBasename",
  "pathSeparator",
  "/",
];

/** Fields that mean something for a program only, for an address only. */
const ofCommand = ["args", "env", "cwd", "packages"] as const;
const ofUrl = [
  "transport",
  "headers",
  "sslVerify",
  "clientCert",
  "clientKey",
  "auth",
  "oauth",
  "skipPreflight",
  "strictRedirectHeaders",
  "identityHeader",
  "tokenFile",
  "clientFile",
] as const;
const clear = "pulumi config rm --path talaria:";

/** Every problem of every server. */
export function mcpProblems(servers: Readonly<Record<string, McpServer>>, around: McpSurroundings): McpProblem[] {
  return Object.entries(servers).flatMap(([name, server]) => {
    const problems = [
      ...kindProblems(name, server),
      ...packageProblems(server),
      ...oauthProblems(server),
      ...plainSecrets(server),
      ...variableProblems(server, around),
    ];
    if (around.inSettings.includes(name))
      problems.push({
        key: "",
        reason: "is declared in talaria:settings too; a server has one place.",
        next: [`${clear}settings.mcp_servers.${name}`],
      });
    return problems.map(({ key, reason, next }) => ({
      key: `mcpServers.${name}${key === "" ? "" : `.${key}`}`,
      reason,
      next,
    }));
  });
}

/** A server's command as its image has it; undefined where it needs nothing. Meaningful only where there was no problem. */
export function installed({ command, args = [], packages = [] }: McpServer): InstalledCommand | undefined {
  const found = command === undefined ? undefined : installedCommand(command, args, packages);
  return found !== undefined && "manager" in found ? found : undefined;
}

function kindProblems(name: string, server: McpServer): McpProblem[] {
  const { command, url } = server;
  const at = `mcpServers.${name}`;
  if (command === undefined && url === undefined)
    return [
      problem("", "has neither a command nor a url: a server is a program, or an address.", [
        `pulumi config set --path talaria:${at}.url https://…/mcp`,
        `or pulumi config set --path talaria:${at}.command <program>`,
      ]),
    ];
  if (command !== undefined && url !== undefined)
    return [
      problem("", "has a command and a url: a server is a program, or an address.", [
        `${clear}${at}.command`,
        `or ${clear}${at}.url`,
      ]),
    ];
  const stray = command === undefined ? ofCommand : ofUrl;
  const found = stray
    .filter((field) => server[field] !== undefined)
    .map((field) =>
      problem(
        field,
        command === undefined
          ? "belongs to a command; this server is a url."
          : "belongs to a url; this server is a command.",
        [`${clear}${at}.${field}`],
      ),
    );
  if (url !== undefined && server.runIn !== "agent")
    found.push(
      problem("runIn", `is "${server.runIn}", but this server is a url: it runs where it is.`, [`${clear}${at}.runIn`]),
    );
  if (url !== undefined && !isMcpUrl(url))
    found.push(problem("url", `"${url}" is not an https:// URL (http:// is taken for loopback only).`, []));
  return found;
}

/** `${NAME}` may stand anywhere in it. */
function isMcpUrl(url: string): boolean {
  return isSafeUrl(url.replace(/\$\{[^}]+\}/g, "x"));
}

function packageProblems({ command, args = [], packages = [] }: McpServer): McpProblem[] {
  const found = command === undefined ? undefined : installedCommand(command, args, packages);
  return found !== undefined && "reason" in found ? [problem("args", found.reason, [found.next])] : [];
}

function oauthProblems({ url, auth, ...server }: McpServer): McpProblem[] {
  if (url === undefined || auth === "oauth") return [];
  return (["oauth", "tokenFile", "clientFile"] as const)
    .filter((field) => server[field] !== undefined)
    .map((field) => problem(field, "is set, but `auth` is not oauth.", ["Set `auth: oauth` beside it."]));
}

function variableProblems(server: McpServer, { variables }: McpSurroundings): McpProblem[] {
  return variablesNamed(server)
    .filter(({ name }) => !variables.includes(name) && !alwaysThere.includes(name))
    .map(({ key, name }) =>
      problem(key, `names \${${name}}, which the stack does not declare.`, [
        `pulumi config set --secret --path talaria:secretEnvironment.${name}`,
      ]),
    );
}

function problem(key: string, reason: string, next: readonly string[]): McpProblem {
  return { key, reason, next };
}
