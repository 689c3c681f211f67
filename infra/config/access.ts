/** The key `access`: who gets through Cloudflare Access to the operator's routes and the dashboard. */
import { z } from "zod";
import { text } from "./values.ts";

/** For the README's table and `Pulumi.yaml`. */
export const accessMeaning =
  "Puts Cloudflare Access before `/api`, `/console`, `/dashboard` and the dashboard's hostname; nothing of it exists without this key. Who gets through: `emails`, `domains` (of e-mail addresses), `groups` (ids of Access groups), `serviceTokens` (ids), and a service token of the stack's own. `sessionDuration`: how long a log-in lasts.";

const list = (of: z.ZodType<string>) => z.array(of, { error: "is not a list" }).default([]);
const id = text.regex(/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/, "is not an id (a UUID)");

/** Its fields; undefined without the key. */
export const accessFields = z
  .strictObject({
    emails: list(text.regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "is not an e-mail address")),
    domains: list(text.regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,63}$/, "is not a domain in lower case, without @")),
    groups: list(id),
    serviceTokens: list(id),
    sessionDuration: text.regex(/^(?:\d+(?:m|h))+$/, "is not a duration such as 30m or 24h").default("24h"),
  })
  .optional();
export type AccessConfig = NonNullable<z.output<typeof accessFields>>;

/** Whether anybody beside the stack itself gets through. */
export function letsSomebodyIn({ emails, domains, groups, serviceTokens }: AccessConfig): boolean {
  return [emails, domains, groups, serviceTokens].some(({ length }) => length > 0);
}
