/** What a chat platform is to the configuration: the form of each entry of the table. */
import type { ChatSecret } from "../../../worker/bindings.ts";
import { type ChatField, type ChatValue, flag, ids } from "./fields.ts";

/** A chat platform. */
export interface ChatPlatform {
  /** As people call it. */
  readonly label: string;
  /** As Hermes calls it: in its state, and in config.yaml. */
  readonly hermes: string;
  readonly fields: Readonly<Record<string, ChatField>>;
  /** Secrets that Hermes cannot connect without: one of each group. */
  readonly needs: readonly (readonly ChatSecret[])[];
  /** Hosts that Hermes has to reach; undefined: it speaks something else than HTTP, which no allowlist lets through. */
  readonly hosts: ((values: ChatValues) => readonly string[]) | undefined;
  /** Hermes' optional part with what the platform needs. */
  readonly extra?: string;
}

/** The fields of a platform's key, as they are set. */
export type ChatValues = Readonly<Record<string, ChatValue | undefined>>;

/** Fields that say who may talk to the bot: the three ways, one of which is needed. */
export const whoMay = (prefix: string, hermes: string, form: readonly [RegExp, string]) => ({
  allowedUsers: ids("who may talk to the bot", form, { environment: `${prefix}_ALLOWED_USERS` }),
  allowAllUsers: flag("true lets everybody", { environment: `${prefix}_ALLOW_ALL_USERS` }),
  pairing: flag("true gives strangers a code that `./talaria hermes -- pairing approve` takes", {
    setting: `${hermes}.unauthorized_dm_behavior`,
    settingValue: "pair",
  }),
});
