/** Whether a hostname of one's own can be the address of a Worker. */
import { z } from "zod";
import { type ApiError, type Connection, call } from "../cloudflare/api.ts";
import { type Lack, lackOf, permissions } from "./probe.ts";

/** A hostname, and the Worker that is to answer there. */
export interface Wanted {
  readonly accountId: string;
  readonly hostname: string;
  readonly worker: string;
  /** The zone, where it cannot be looked up by name. */
  readonly zoneId: string | undefined;
}

/** The hostname's zone, and what is in the way. */
export interface FoundZone {
  readonly zoneId: string | undefined;
  readonly lack: Lack;
}

/** Record types that hold an address, of which a name has one owner. */
const addresses = ["A", "AAAA", "CNAME"];

/**
 * Finds the zone with the longest name that the hostname ends with, and looks for another owner of the name. Cloudflare
 * issues a certificate of that very name with a Worker's custom domain, so how deep it lies in its zone does not matter;
 * the zone has to be active for it.
 */
export async function hostnameCheck(connection: Connection, wanted: Wanted): Promise<FoundZone> {
  try {
    const zone = await findZone(connection, wanted);
    return "lack" in zone
      ? { zoneId: undefined, ...zone }
      : { zoneId: zone.id, lack: await ownerOf(connection, wanted, zone.id) };
  } catch (error) {
    return { zoneId: undefined, lack: lackOf(error as ApiError, permissions.zone) };
  }
}

async function findZone(
  connection: Connection,
  { accountId, hostname, zoneId }: Wanted,
): Promise<{ readonly id: string } | { readonly lack: string }> {
  if (zoneId !== undefined) return { id: zoneId };
  const labels = hostname.split(".");
  for (const start of labels.keys()) {
    const name = labels.slice(start).join(".");
    if (!name.includes(".")) break;
    const answer = await call(connection, "GET", `/zones?name=${name}&account.id=${accountId}`);
    const [zone] = z.array(z.object({ id: z.string(), status: z.string().optional() })).parse(answer);
    if (zone === undefined) continue;
    if (zone.status === undefined || zone.status === "active") return { id: zone.id };
    return {
      lack: `The zone ${name} is ${zone.status}: no certificate is issued for ${hostname} before it is active. Point the domain's name servers to Cloudflare first.`,
    };
  }
  return { lack: `No zone of this account holds ${hostname}. Add the domain to Cloudflare, or correct it.` };
}

async function ownerOf(connection: Connection, { accountId, hostname, worker }: Wanted, zoneId: string): Promise<Lack> {
  const domains = await call(connection, "GET", `/accounts/${accountId}/workers/domains?hostname=${hostname}`);
  const [domain] = z.array(z.object({ service: z.string() })).parse(domains);
  if (domain?.service === worker) return undefined;
  if (domain !== undefined)
    return `${hostname} is the address of the Worker ${domain.service}. Choose another name, or remove it there (Settings > Domains & Routes).`;
  const records = await call(connection, "GET", `/zones/${zoneId}/dns_records?name=${hostname}`);
  const record = z
    .array(z.object({ type: z.string(), content: z.string().optional() }))
    .parse(records)
    .find(({ type }) => addresses.includes(type));
  if (record === undefined) return undefined;
  return `${hostname} has a DNS record already (${record.type} ${record.content ?? ""}). Delete it in the dashboard (DNS > Records), or choose another name.`;
}
