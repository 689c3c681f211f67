/** Settings of a home: the leaves of config.yaml that somebody chose, without what has a key of its own here. */
import { ownerOfKey } from "../../config/hermes/owned.ts";
import { type Branch, branchesOf, type Tree, treeOf } from "../../config/trees.ts";
import { chatSetting } from "./chat.ts";
import { chosen } from "./defaults.ts";
import type { Finding } from "./finding.ts";
import { takeServers } from "./mcp.ts";
import { takeModel } from "./model.ts";

/** Leaves of `terminal` that are about another place than Exec. */
const otherTerminals = /^terminal\.(?:docker|modal|singularity|daytona|ssh|container|vercel|local)_/;
/** What has a key of its own. */
const elsewhere = ["model", "mcp_servers", "timezone"];

/** Takes all of config.yaml, or the settings of the NixOS module. */
export function takeSettings(config: Tree, found: Finding): void {
  takeModel(config.model, found);
  takeServers(config.mcp_servers, found);
  if (typeof config.timezone === "string" && config.timezone !== "") found.config.timezone = config.timezone;
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !elsewhere.includes(key)));
  const kept = branchesOf(chosen(rest)).filter((leaf) => isSetting(leaf, found));
  found.settings = treeOf(kept.map(({ path, value }) => ({ path, value: found.withoutSecrets(value, path) })));
}

function isSetting({ path, value }: Branch, found: Finding): boolean {
  const dotted = path.join(".");
  const owner = ownerOfKey(dotted);
  if (value === null || chatSetting(path, value, found)) return false;
  if (owner !== undefined) found.note(`${dotted}: ${owner}`);
  else if (otherTerminals.test(dotted))
    found.note(
      "terminal.*: commands run in sandboxes of their own: talaria:exec, talaria:extraPackages, talaria:extraPythonPackages.",
    );
  else return true;
  return false;
}
