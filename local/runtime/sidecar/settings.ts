/** What workerd tells a sidecar on its command line. Options that this stand-in has no use for are passed over. */
import { parseArgs } from "node:util";
import { z } from "zod";

const schema = z.object({
  "http-ingress-address": z
    .string()
    .regex(/^\S+:\d+$/)
    .default("0.0.0.0:39001"),
});

/** Address and port of the control and tunnel listener. */
export interface SidecarSettings {
  readonly host: string;
  readonly port: number;
}

/** Reads the command line. */
export function readSettings(args: readonly string[]): SidecarSettings {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { "http-ingress-address": { type: "string" } },
  });
  const address = schema.parse(values)["http-ingress-address"];
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
