/** An existing Hermes as a draft of a stack: what is declared of it, without a secret in a plain place, and what is not taken. */
import { stringify } from "yaml";
import type { StackDraft } from "../draft.ts";
import type { Checkout } from "../plan.ts";
import { settlePeople } from "./chat.ts";
import { isDefaultSoul } from "./defaults.ts";
import { Finding } from "./finding.ts";
import { takeOptions } from "./nixos.ts";
import { type Home, homeAt } from "./place.ts";
import { takeSettings } from "./settings.ts";
import { settle } from "./settle.ts";
import { takeVariables } from "./variables.ts";

/** Reads a home, and options of its NixOS module where there are some. @throws HomeProblem */
export function fromHome(
  stack: string,
  given: string,
  nixosOptions: string | undefined,
  checkout: Checkout,
): StackDraft {
  const home = homeAt(given);
  const found = new Finding();
  takeVariables(home.variables, found);
  const options = nixosOptions ?? home.optionFiles.find((file) => file.endsWith(".json")) ?? home.optionFiles[0];
  // What Nix declares is declared here; what was set beside it is the user's own, and comes with the import.
  const isDeclared = options?.endsWith(".json") === true;
  if (!isDeclared) takeSettings(home.config, found);
  takeFiles(stack, home, found);
  if (options !== undefined) takeOptions(options, found, (path) => home.documents[path]);
  else if (home.managedBy !== undefined) found.note(managedNote(home.managedBy));
  settlePeople(found);
  return settle(stack, found, checkout, () => draftOf(stack, found));
}

function takeFiles(stack: string, home: Home, found: Finding): void {
  for (const [path, text] of Object.entries(home.documents))
    if (path !== "SOUL.md" || !isDefaultSoul(text)) found.field("documents", path, text);
  if (home.auth === undefined) return;
  const file = `secrets/${stack}/auth.json`;
  found.files[file] = { text: home.auth, secret: true };
  found.config.authFile = file;
}

function managedNote(by: string): string {
  const options = "nix eval --json .#nixosConfigurations.HOST.config.services.hermes-agent > options.json";
  return `.managed: ${by} wrote config.yaml and .env, which were read as they are. To have its other options looked at, too: ${options}, then --nixos-options options.json.`;
}

/** Settings and documents become files beside the stack's, which people edit and git compares. */
function draftOf(stack: string, found: Finding): StackDraft {
  const { documents, ...config } = found.config;
  const files: Record<string, { text: string; secret?: boolean }> = { ...found.files };
  const settings = `settings/${stack}.yaml`;
  if (Object.keys(found.settings).length > 0)
    files[settings] = {
      text: `# Leaves of Hermes' config.yaml that stack ${stack} declares.\n${stringify(found.settings, { lineWidth: 0 })}`,
    };
  const named = Object.entries((documents ?? {}) as Readonly<Record<string, string>>).map(([path, text]) => {
    const file = `documents/${stack}/${path}`;
    files[file] = { text };
    return [path, { file }] as const;
  });
  return {
    config: {
      ...config,
      ...(named.length > 0 ? { documents: Object.fromEntries(named) } : {}),
      ...(settings in files ? { settingsFiles: [settings] } : {}),
    },
    secrets: found.secrets,
    secretEnvironment: found.secretEnvironment,
    files,
    notes: found.notes,
  };
}
