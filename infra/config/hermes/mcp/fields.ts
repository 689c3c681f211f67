/** The fields of one MCP server, in camelCase what Hermes reads under `mcp_servers.<name>` (tools/mcp_tool*.py, tools/mcp_oauth*.py). */
import { z } from "zod";
import { mcpPlaces } from "../../../../worker/mcpSchema.ts";
import { choice, onOff, text } from "../../values.ts";
import { packageForm } from "./packages.ts";

const whole = z.int({ error: "is not a whole number" }).min(0, "is below 0");
const seconds = z.number({ error: "is not a number of seconds" }).positive("is not a number of seconds above 0");
const texts = z.array(text, { error: "is not a list of texts" });
/** YAML reads 8080 and true as what they are not here. */
const word = z.union([z.string(), z.number(), z.boolean()], { error: "is not text" }).transform(String);
const words = z.array(word, { error: "is not a list of texts" });
const headers = z.record(z.string(), word, { error: "is not a mapping of headers" });
const variables = z.record(z.string().regex(/^[A-Za-z_]\w*$/, "is not the name of an environment variable"), word);

/** Which tools of a server Hermes offers to the model. `include` wins; both take shell patterns. */
const tools = z.strictObject({
  include: texts.optional(),
  exclude: texts.optional(),
  resources: onOff.optional(),
  prompts: onOff.optional(),
});

/** A server's own questions to the model. */
const sampling = z.strictObject({
  enabled: onOff.optional(),
  model: text.optional(),
  allowedModels: texts.optional(),
  maxTokensCap: whole.optional(),
  maxRpm: whole.optional(),
  maxToolRounds: whole.optional(),
  timeout: seconds.optional(),
  logLevel: choice(["debug", "info", "warning"]).optional(),
  exposeClientTools: onOff.optional(),
});

/** How Hermes signs in at a server with `auth: oauth`. */
const oauth = z.strictObject({
  flow: choice(["browser", "device"]).optional(),
  clientId: text.optional(),
  clientSecret: text.optional(),
  clientName: text.optional(),
  clientMetadataUrl: text.optional(),
  cimd: onOff.optional(),
  scope: text.optional(),
  redirectPort: whole.optional(),
  redirectHost: text.optional(),
  redirectUri: text.optional(),
  applicationType: text.optional(),
  tokenEndpointAuthMethod: text.optional(),
  userAgent: text.optional(),
  timeout: seconds.optional(),
});

/** What Hermes reads. `sslVerify`: false, or the path of a bundle. */
const ofHermes = {
  command: text.optional(),
  args: words.optional(),
  env: variables.optional(),
  cwd: text.optional(),
  url: text.optional(),
  transport: choice(["http", "sse"]).optional(),
  headers: headers.optional(),
  sslVerify: z.union([onOff, text], { error: "is neither true, false nor a path" }).optional(),
  clientCert: text.optional(),
  clientKey: text.optional(),
  auth: choice(["oauth"]).optional(),
  oauth: oauth.optional(),
  enabled: onOff.optional(),
  timeout: seconds.optional(),
  connectTimeout: seconds.optional(),
  keepaliveInterval: seconds.optional(),
  idleTimeoutSeconds: seconds.optional(),
  maxLifetimeSeconds: seconds.optional(),
  lazy: onOff.optional(),
  protocol: choice(["auto", "stateless", "legacy"]).optional(),
  skipPreflight: onOff.optional(),
  strictRedirectHeaders: onOff.optional(),
  identityHeader: z.union([onOff, text], { error: "is neither true, false nor a header" }).optional(),
  supportsParallelToolCalls: onOff.optional(),
  tools: tools.optional(),
  sampling: sampling.optional(),
  elicitation: z.strictObject({ enabled: onOff.optional(), timeout: seconds.optional() }).optional(),
};

/** What Talaria reads beside it: where a stdio server runs, what its image has to hold, and where its tokens begin. */
const ofTalaria = {
  runIn: choice(mcpPlaces).default("agent"),
  packages: z.array(packageForm, { error: "is not a list" }).optional(),
  tokenFile: text.optional(),
  clientFile: text.optional(),
};

export const mcpServerFields = z.strictObject({ ...ofHermes, ...ofTalaria });
/** One server, as a stack declares it. */
export type McpServer = z.output<typeof mcpServerFields>;

/** Fields that stay here: everything else is Hermes' own. */
export const ownFields: readonly string[] = Object.keys(ofTalaria);

/** Names go into file names, into names of tools and into a build's arguments. */
export const mcpServersField = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "is not a name (letters, digits, - and _)"),
    mcpServerFields,
  )
  .default({});

export const mcpServersMeaning = [
  "MCP servers, by name: `command` with `args` and `env`, or `url` with `headers`, and `auth: oauth` (`./talaria mcp login NAME`).",
  "`runIn`: where a command runs, `agent` or `exec` (in the session's sandbox, where it sees the workspace). `packages`: what a command needs beside `npx`'s and `uvx`'s own package, exact versions.",
  "`enabled`, `timeout`, `connectTimeout`, `tools.include`, `tools.exclude`, `sampling` and the other fields of Hermes, in camelCase. `${NAME}` is a variable of `secretEnvironment` or `environment`.",
  "`tokenFile`, `clientFile`: files that `mcp-tokens/NAME.json` and `.client.json` begin with, read at each deploy.",
].join(" ");
