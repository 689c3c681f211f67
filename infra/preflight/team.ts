/** Cloudflare Access of the account: its team, and whether the token may make applications. */
import { z } from "zod";
import type { Connection } from "../cloudflare/api.ts";
import { isPermission, type Lack, permissions, probe } from "./probe.ts";

/** The team's address, which signs what Access says of a caller; undefined when something is missing. */
export interface FoundTeam {
  readonly issuer: string | undefined;
  readonly lacks: readonly Lack[];
}

/** Asks for the organization, and for what the stack is going to make. */
export async function teamCheck(connection: Connection, accountId: string): Promise<FoundTeam> {
  const access = `/accounts/${accountId}/access`;
  const [organization, apps, tokens] = await Promise.all([
    probe(connection, `${access}/organizations`, permissions.access, (error) =>
      !isPermission(error) && (error.status === 403 || error.status === 404) ? noTeam : undefined,
    ),
    // Without an organization these are refused, too: one sentence about it is enough.
    probe(connection, `${access}/apps`, permissions.access, (error) => (isPermission(error) ? undefined : "")),
    probe(connection, `${access}/service_tokens`, permissions.access, (error) =>
      isPermission(error) ? undefined : "",
    ),
  ]);
  const found = z.object({ auth_domain: z.string().min(1) }).safeParse(organization.answer);
  const lacks = [organization.lack ?? (found.success ? undefined : noTeam), apps.lack, tokens.lack];
  return { issuer: found.success ? issuerOf(found.data.auth_domain) : undefined, lacks };
}

const noTeam =
  "The account has no Zero Trust organization, which talaria:access needs. Choose a team name (the Free plan will do): https://one.dash.cloudflare.com";

/** `https://<team>.cloudflareaccess.com`; a loopback team speaks plain HTTP. */
function issuerOf(authDomain: string): string {
  return `${/^(?:127\.[\d.]+|localhost)(?::\d+)?$/.test(authDomain) ? "http" : "https"}://${authDomain}`;
}
