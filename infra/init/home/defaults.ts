/** What of a home nobody chose: Hermes' own defaults. */
import { createHash } from "node:crypto";
import { keyLists } from "../../config/hermes/keyList.ts";
import { branchesOf, type Tree, treeOf } from "../../config/trees.ts";

/** The leaves that differ from the defaults of the Hermes that wrote them, which `_config_version` tells. */
export function chosen(config: Tree): Record<string, unknown> {
  const { _config_version: written, ...settings } = config;
  const lists = keyLists();
  const list = lists.find(({ defaults }) => Number(defaults._config_version) >= Number(written ?? 0)) ?? lists.at(-1);
  const defaults = list?.defaults ?? {};
  return treeOf(
    branchesOf(settings).filter(({ path, value }) => {
      const dotted = path.join(".");
      return !(dotted in defaults) || JSON.stringify(defaults[dotted]) !== JSON.stringify(value);
    }),
  );
}

/** Whether Hermes itself wrote this SOUL.md. */
export function isDefaultSoul(text: string): boolean {
  const normal = text
    .replaceAll("\r\n", "\n")
    .replace(/^\ufeff/, "")
    .trim();
  const hash = createHash("sha256").update(normal).digest("hex");
  return normal === "" || keyLists().some(({ souls }) => souls.includes(hash));
}
