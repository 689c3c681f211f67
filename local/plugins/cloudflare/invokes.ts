/** Functions of the provider: questions to the API that make nothing. */
import { isObject, type Json, type Properties } from "../server/properties.ts";
import type { Api } from "./api.ts";
import { camelCase } from "./conversion.ts";

type Invoke = (api: Api, args: Properties, signal: AbortSignal) => Promise<Properties>;

const permissionGroups = (property: string): Invoke => {
  return async (api, args, signal) => {
    const path = `/accounts/${args.accountId}/tokens/permission_groups${query({ name: args.name, scope: args.scope })}`;
    return { ...args, id: String(args.accountId), [property]: camel(await api.list({ method: "GET", path }, signal)) };
  };
};

const zeroTrustOrganization: Invoke = async (api, args, signal) => {
  const scope = args.accountId ? `/accounts/${args.accountId}` : `/zones/${args.zoneId}`;
  const result = await api.send({ method: "GET", path: `${scope}/access/organizations` }, signal);
  return { ...args, ...camelObject(result) };
};

const zone: Invoke = async (api, args, signal) => {
  if (typeof args.zoneId === "string") {
    const found = await api.send({ method: "GET", path: `/zones/${args.zoneId}` }, signal);
    return { ...args, ...camelObject(found), zoneId: args.zoneId };
  }
  const filter = isObject(args.filter) ? args.filter : {};
  const account = isObject(filter.account) ? filter.account.id : undefined;
  const path = `/zones${query({ name: filter.name, status: filter.status, "account.id": account })}`;
  const [found, second] = await api.list({ method: "GET", path }, signal);
  if (!found) throw new Error(`failed to find exactly one result: no zone matches ${JSON.stringify(filter)}`);
  if (second) throw new Error(`failed to find exactly one result: several zones match ${JSON.stringify(filter)}`);
  return { ...args, ...camelObject(found), zoneId: String(found.id) };
};

const zones: Invoke = async (api, args, signal) => {
  const account = isObject(args.account) ? args.account.id : undefined;
  const path = `/zones${query({ name: args.name, status: args.status, "account.id": account })}`;
  return { ...args, id: "zones", results: camel(await api.list({ method: "GET", path }, signal)) };
};

/** The functions, by Pulumi's token. */
export const invokes: { readonly [token: string]: Invoke } = {
  [token("getAccountApiTokenPermissionGroupsList")]: permissionGroups("results"),
  [token("getAccountApiTokenPermissionGroups")]: permissionGroups("permissionGroups"),
  [token("getZeroTrustOrganization")]: zeroTrustOrganization,
  [token("getZone")]: zone,
  [token("getZones")]: zones,
};

function token(name: string): string {
  return `cloudflare:index/${name}:${name}`;
}

function query(parameters: { [name: string]: Json | undefined }): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(given).toString();
  return text === "" ? "" : `?${text}`;
}

function camel(value: Json): Json {
  if (Array.isArray(value)) return value.map(camel);
  return isObject(value) ? camelObject(value) : value;
}

function camelObject(value: Properties): Properties {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [camelCase(key), camel(item)]));
}
