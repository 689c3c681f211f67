/** Zones of the simulated account, and their DNS records. Zones are given at start; nothing resolves the records. */

import type { RecordCreateParams } from "cloudflare/resources/dns/records.js";
import type { Zone as CloudflareZone } from "cloudflare/resources/zones/zones.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { crud } from "../core/crud.ts";
import { type Endpoint, endpoint, paging } from "../core/endpoint.ts";
import { ok, page } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World, Zone } from "../core/world.ts";
import { timestamp } from "../core/world.ts";

const ttl = z.union([z.literal(1), z.number().int().min(60).max(86400)]);
const record = {
  name: z.string().min(1),
  content: z.string().min(1),
  ttl,
  proxied: z.boolean().optional(),
  comment: z.string().optional(),
} as const;
const recordSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("A"), ...record }),
  z.strictObject({ type: z.literal("AAAA"), ...record }),
  z.strictObject({ type: z.literal("CNAME"), ...record }),
  z.strictObject({ type: z.literal("TXT"), ...record }),
]);
true satisfies Conforms<typeof recordSchema, RecordCreateParams>;

/** Endpoints of zones and their records. */
export function zoneEndpoints(world: World): Endpoint[] {
  return [
    endpoint({
      method: "GET",
      path: "/zones",
      needs: "Zone Read",
      query: z.strictObject({
        ...paging,
        name: z.string().optional(),
        "account.id": z.string().optional(),
        status: z.string().optional(),
      }),
      handle({ query }) {
        const ours = !query["account.id"] || query["account.id"] === world.accountId;
        const found = world.zones.filter((one) => ours && (!query.name || one.name === query.name));
        return page<ShownZone>(
          found.map((one) => shown(world, one)),
          query,
        );
      },
    }),
    endpoint({
      method: "GET",
      path: "/zones/:zone",
      needs: "Zone Read",
      handle: ({ param }) => ok<ShownZone>(shown(world, existing(world, param("zone")))),
    }),
    ...crud(world, {
      kind: "DNS record",
      path: "/zones/:zone/dns_records",
      read: "DNS Read",
      write: "DNS Write",
      body: recordSchema,
      check: (_world, { name }, param) => {
        const zone = existing(world, param("zone"));
        if (name === zone.name || name.endsWith(`.${zone.name}`)) return;
        throw new ApiProblem("domainOutsideZone", { hostname: name, zone: zone.name });
      },
      added: () => ({ proxiable: true, meta: {}, created_on: timestamp(), modified_on: timestamp() }),
    }),
  ];
}

type ShownZone = Pick<
  CloudflareZone,
  "id" | "name" | "account" | "status" | "paused" | "type" | "name_servers" | "created_on" | "modified_on"
>;

function existing(world: World, id: string): Zone {
  const zone = world.zones.find((one) => one.id === id);
  if (!zone) throw new ApiProblem("zoneMissing", { id });
  return zone;
}

function shown(world: World, { id, name }: Zone): ShownZone {
  return {
    id,
    name,
    account: { id: world.accountId, name: "Loopback Cloudflare" },
    status: "active",
    paused: false,
    type: "full",
    name_servers: ["a.ns.loopback.test", "b.ns.loopback.test"],
    created_on: "2026-01-01T00:00:00Z",
    modified_on: "2026-01-01T00:00:00Z",
  };
}
