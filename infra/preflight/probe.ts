/** Asks the account for one thing, and says what a refusal means. */
import { type ApiError, type Connection, call } from "../cloudflare/api.ts";

/** One missing thing, in a sentence or two. */
export type Lack = string | undefined;

/** Permissions of the token that deploys, as Cloudflare's dashboard names them. */
export const permissions = {
  workers: "Workers Scripts: Edit",
  containers: "Workers Containers: Edit",
  r2: "Workers R2 Storage: Edit",
  tokens: "Account API Tokens: Edit",
  aiGateway: "AI Gateway: Edit (for talaria:aiGateway)",
  zone: "Zone: Read, Workers Routes: Edit and DNS: Edit (for talaria:hostname and talaria:dashboard.hostname)",
  access:
    "Access: Apps and Policies: Edit, Access: Service Tokens: Edit and Access: Organizations, Identity Providers, and Groups: Read (for talaria:access)",
} as const;

/** Codes of a token that is valid but may not do this. */
const refused = [9109, 10_000, 10_001];
/** Codes of a request whose token is not even well-formed. */
const invalid = [6003, 9106];

/** Whether the account refused because of the token's permissions. */
export function isPermission({ codes }: ApiError): boolean {
  return refused.some((code) => codes.includes(code));
}

/** Asks for one thing; `explain` may know better what an error means ("" = it is no problem). */
export async function probe(
  connection: Connection,
  path: string,
  permission: string,
  explain: (error: ApiError) => string | undefined,
): Promise<{ readonly answer?: unknown; readonly lack: Lack }> {
  try {
    return { answer: await call(connection, "GET", path), lack: undefined };
  } catch (error) {
    const known = explain(error as ApiError);
    return { lack: known === undefined ? lackOf(error as ApiError, permission) : known === "" ? undefined : known };
  }
}

/** What an error of the API means where nobody knows better. */
export function lackOf(error: ApiError, permission: string): string {
  if (error.status === 0) return error.message.replace(/^\w+ \S+: /, "");
  if (error.status === 401 || (error.codes ?? []).some((code) => invalid.includes(code))) {
    return "The API token is not valid. Set a new one: pulumi config set --secret talaria:cloudflareApiToken";
  }
  if (error.status === 403) return `The API token lacks the permission "${permission}", or belongs to another account.`;
  return error.message;
}
