import { filled } from "../../worker/filled.ts";

/**
 * What the gateway itself refuses, in the form of the real one. Codes, words and form are as others have shown answers of
 * gateway.ai.cloudflare.com (2001 and 2009 in bug reports, 2003 and 2045 in a measurement of both limits); statuses as there.
 */
const refusals = {
  unconfigured: [400, 2001, "Please configure AI Gateway in the Cloudflare dashboard"],
  rateLimited: [429, 2003, "Rate limited"],
  providerUnknown: [400, 2008, "Invalid provider"],
  unauthorized: [401, 2009, "Unauthorized"],
  spent: [429, 2045, "Spend limit exceeded: rule '{rule}' (cost limit {limit} per {window}s, {technique}) for {of}"],
  /** The code is the real one's for what it cannot explain; the words are this stand-in's. */
  providerUnreachable: [500, 2002, "Internal server error: {why}"],
} as const satisfies Record<string, readonly [status: number, code: number, message: string]>;

/** Why the gateway asks no provider, or has no answer of one. */
export type RefusalName = keyof typeof refusals;

/** A refusal on the wire. */
export interface Refusal {
  readonly status: number;
  readonly code: number;
  /** JSON text. */
  readonly body: string;
}

/** A refusal with its words filled in. */
export function refusal(name: RefusalName, words: Readonly<Record<string, string | number>> = {}): Refusal {
  const [status, code, message] = refusals[name];
  const error = [{ code, message: filled(message, words) }];
  const envelope = { success: false, result: [], messages: [], error };
  return {
    status,
    code,
    body: JSON.stringify({ ...envelope, name: "AiGatewayError", httpCode: status, internalCode: code }),
  };
}
