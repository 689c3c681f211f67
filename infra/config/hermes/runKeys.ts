/** Keys about how Hermes' gateway runs. */
import { plain, withFields } from "../key.ts";
import { restartFields, restartMeaning } from "../restart.ts";
import { timeZone } from "../values.ts";
import { extraArgs } from "./extraArgs.ts";

/** In the order of the README's table. */
export const runKeys = {
  timezone: plain("Hermes' time zone, for what it schedules and says.", timeZone.optional(), "Europe/Berlin"),
  extraArgs: withFields("Options behind `hermes gateway run`, such as `--accept-hooks`.", extraArgs, "--accept-hooks"),
  restart: withFields(restartMeaning, restartFields, "<value>"),
} as const;
