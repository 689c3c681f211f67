/** Chat platforms of a home: tokens and who may talk to it, as variables or leaves of config.yaml. */
import { type ChatSecret, chatSecrets } from "../../../worker/bindings.ts";
import { ownSettings, ownVariables } from "../../config/chat/declaration.ts";
import { impossiblePlatforms } from "../../config/chat/otherPlatforms.ts";
import { type PlatformName, platformNames, platforms } from "../../config/chat/platforms.ts";
import type { Finding } from "./finding.ts";

/** What variables of platforms begin with that cannot work here. */
const impossiblePrefixes: Readonly<Record<string, string>> = {
  WHATSAPP_CLOUD_: "whatsappCloud",
  WHATSAPP_: "whatsapp",
  TEAMS_: "teams",
  LINE_: "line",
  TWILIO_: "sms",
  SMS_: "sms",
  BLUEBUBBLES_: "bluebubbles",
};

/** Takes a variable that is a platform's. @returns whether it was one */
export function chatVariable(name: string, value: string, found: Finding): boolean {
  const secret = (Object.keys(chatSecrets) as ChatSecret[]).find((key) => chatSecrets[key].secret === name);
  if (secret !== undefined) {
    found.secrets[secret] = value;
    return true;
  }
  const field = ownVariables[name];
  if (field !== undefined) {
    chatField(field, value, found);
    return true;
  }
  const prefix = Object.keys(impossiblePrefixes).find((one) => name.startsWith(one));
  const platform = impossiblePrefixes[prefix ?? ""];
  if (platform === undefined) return false;
  found.note(
    `${platform}: does not work here, it ${impossiblePlatforms[platform]}. Its variables (${prefix}…) stay behind.`,
  );
  return true;
}

/** Takes a leaf of config.yaml that is a platform's. @returns whether it was one */
export function chatSetting(path: readonly string[], value: unknown, found: Finding): boolean {
  const own = ownSettings.find(({ paths }) => paths.some((one) => one.join("\n") === path.join("\n")));
  if (own !== undefined) {
    chatField(own.field, value, found);
    return true;
  }
  const leaf = path.at(-1) ?? "";
  const name = platformNames.find((one) => path.slice(0, -1).includes(platforms[one].hermes));
  if (name === undefined || !/^(?:bot_)?token$|^app_token$|^enabled$/.test(leaf)) return false;
  if (leaf === "enabled") return value === true; // its token, or its key, turns it on
  const key = leaf === "app_token" ? platforms[name].needs[1]?.[0] : platforms[name].needs[0]?.[0];
  if (key === undefined || typeof value !== "string" || value.includes("${"))
    return value !== undefined && key !== undefined;
  found.secrets[key] = value;
  return true;
}

/** Puts a value in the form that the field has. */
function chatField(field: string, value: unknown, found: Finding): void {
  const [name = "", leaf = ""] = field.split(".");
  const known = platforms[name as PlatformName].fields[leaf];
  if (known === undefined) return;
  if (known.settingValue !== undefined) {
    if (value === known.settingValue) found.field(name, leaf, true);
    return;
  }
  found.field(name, leaf, inForm(value, known.several === true, known.schema.safeParse(true).success));
}

function inForm(value: unknown, several: boolean, isFlag: boolean): unknown {
  if (isFlag && typeof value === "string") return /^(?:true|1|yes|on)$/i.test(value.trim());
  if (!several) return value;
  const list = Array.isArray(value) ? value.map(String) : String(value).split(",");
  return list.map((one) => one.trim()).filter((one) => one !== "");
}

/** Hermes takes both; here one of the two says who may talk to the bot, and nobody at all is said, too. */
export function settlePeople(found: Finding): void {
  for (const name of platformNames) {
    const fields = found.config[name] as Readonly<Record<string, unknown>> | undefined;
    const isOn =
      fields !== undefined ||
      (Object.keys(chatSecrets) as ChatSecret[]).some(
        (key) => chatSecrets[key].platform === name && key in found.secrets,
      );
    if (!isOn || platforms[name].fields.allowedUsers === undefined) continue;
    const { allowedUsers, allowedRoles, allowAllUsers, pairing, ...rest } = fields ?? {};
    const list =
      Array.isArray(allowedUsers) && allowedUsers.length > 0 && !allowedUsers.includes("*") ? { allowedUsers } : {};
    const roles = Array.isArray(allowedRoles) && allowedRoles.length > 0 ? { allowedRoles } : {};
    const all = allowAllUsers === true || (Array.isArray(allowedUsers) && allowedUsers.includes("*"));
    const named = { ...(all ? { allowAllUsers: true } : list), ...roles, ...(pairing === true ? { pairing } : {}) };
    const nobody = Object.keys(named).length === 0;
    if (nobody)
      found.note(
        `${platforms[name].label}: no list of who may talk to it was found, so strangers get a code that you approve (talaria:${name}.pairing).`,
      );
    found.config[name] = { ...rest, ...(nobody ? { pairing: true } : named) };
  }
}
