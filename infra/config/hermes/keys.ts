/** Keys about what the bot is: Hermes' configuration and its environment. */
import { z } from "zod";
import { plain, withFields } from "../key.ts";
import { flag, text } from "../values.ts";
import { fileKeys } from "./fileKeys.ts";
import { mcpServersField, mcpServersMeaning } from "./mcp/fields.ts";
import { runKeys } from "./runKeys.ts";

/** In the order of the README's table. */
export const hermesKeys = {
  settings: withFields(
    "Leaves of Hermes' config.yaml that the stack declares; they win over what the bot or its user set.",
    z.record(z.string(), z.unknown()).default({}),
    "<value>",
  ),
  settingsFiles: withFields(
    "Files below `settings`, YAML as Hermes' config.yaml: mappings are merged, lists replaced, a later file wins, `settings` over all of them. Paths from the repository's top.",
    z.array(text, { error: "is not a list" }).default([]),
    "settings/base.yaml",
  ),
  configFile: plain(
    "An existing config.yaml in place of `settings`. What Talaria itself needs wins over it; keys that it does not name stay the user's.",
    text.optional(),
    "config.yaml",
  ),
  secretEnvironmentFiles: withFields(
    "`.env` files whose variables are secrets of Hermes' gateway, read at each deploy. A later one wins, `secretEnvironment` over all of them. Paths from the repository's top; keep the files out of git.",
    z.array(text, { error: "is not a list" }).default([]),
    ".env.prod",
  ),
  environment: withFields(
    "Plain environment variables of Hermes' gateway.",
    z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "is not the name of an environment variable"), text).default({}),
    "<value>",
  ),
  mcpServers: withFields(mcpServersMeaning, mcpServersField, "<value>"),
  ...runKeys,
  authFile: plain(
    "A file with Hermes' logins, which becomes `auth.json` of a home that has none; read at each deploy, kept as a secret. Path from the repository's top, or `/…`, `~/…`; keep it out of git.",
    text.optional(),
    "~/.hermes/auth.json",
  ),
  authFileForceOverwrite: plain(
    "Whether an `authFile` with another content replaces an `auth.json` that is there, with what was refreshed in it.",
    flag.default(false),
    "true",
  ),
  ...fileKeys,
} as const;
