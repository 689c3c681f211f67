/** Parts of Hermes' configuration that Talaria decides, each with what to use instead. */

/** What Hermes reads past everything that a stack can declare (`agent/skill_utils.py`: the home's file, not the merged one). */
const homesOwn =
  "Hermes reads it in the home's own config.yaml alone, past what a stack declares: ./talaria hermes -- config set KEY VALUE.";

/** A key of Hermes' config.yaml, or the beginning of one, and the sentence that takes its place. */
const ownedKeys: Readonly<Record<string, string>> = {
  "model.default": "Name the model in talaria:model.default.",
  "model.provider": "The provider is the first part of talaria:model.default, such as anthropic/….",
  "model.base_url": "An endpoint of your own is talaria:model.baseUrl, with the provider custom.",
  "model.api_key":
    "The key stays in the Worker: talaria:anthropicApiKey, openrouterApiKey, openaiApiKey or modelApiKey.",
  "model.api_mode": "It follows from talaria:model.default.",
  "model.context_length": "Set talaria:model.contextLength.",
  "terminal.backend": "Commands run in Exec; how apart they are is talaria:exec.isolation.",
  "terminal.cwd": "The workspace is Talaria's; a folder below it to work in is talaria:workingDirectory.",
  "skills.create_dir": homesOwn,
  "skills.disabled": homesOwn,
  "skills.platform_disabled": homesOwn,
  "skills.project_discovery": homesOwn,
  "skills.trusted_project_dirs": homesOwn,
  "skills.external_dirs":
    "Hermes reads it in the home's own config.yaml alone. Skills of the repository are talaria:skills.",
  "database.journal_mode": "It follows from the SQLite in the image.",
  "security.allow_lazy_installs":
    "The image is sealed: packages are talaria:agent.extraPythonPackages and talaria:extraPythonPackages.",
  "gateway.api_server": "How many runs at once is talaria:maxConcurrentRuns; the rest of the API server is Talaria's.",
  "platforms.api_server": "The API server is Talaria's way in; how many runs at once is talaria:maxConcurrentRuns.",
  "dashboard.basic_auth":
    "The dashboard stands behind the Worker's own doors; see talaria:dashboard and talaria:access.",
  "dashboard.public_url": "The dashboard's address is talaria:dashboard.hostname, or /dashboard of the bot's.",
  _config_version: "It is that of the installed Hermes.",
};

/** An environment variable, or the beginning of some that ends with `*`, and the sentence that takes its place. */
const ownedVariables: Readonly<Record<string, string>> = {
  "API_SERVER_*": "The API server is Talaria's way in; its key rotates by talaria:secretVersions.apiServerKey.",
  "HERMES_DASHBOARD_*": "The dashboard stands behind the Worker's own doors; see talaria:dashboard.",
  HERMES_HOME: "The home is Talaria's: it is what a snapshot holds.",
  HERMES_MANAGED: "What is declared goes into Hermes' managed scope.",
  HERMES_MANAGED_DIR: "What is declared goes into Hermes' managed scope.",
  HOME: "The home is Talaria's: it is what a snapshot holds.",
  PATH: "Programs come by talaria:agent.extraPackages and talaria:extraPackages.",
  "TERMINAL_*": "Commands run in Exec: see talaria:exec.",
  "TALARIA_*": "These are Talaria's own.",
};

/** Why a leaf of `settings` is not the stack's to declare; undefined where it is. */
export function ownerOfKey(path: string): string | undefined {
  const found = Object.entries(ownedKeys).find(([key]) => path === key || path.startsWith(`${key}.`));
  return found?.[1];
}

/** Why a variable of `environment` is not the stack's to declare; undefined where it is. */
export function ownerOfVariable(name: string): string | undefined {
  const found = Object.entries(ownedVariables).find(([one]) =>
    one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : name === one,
  );
  return found?.[1];
}
