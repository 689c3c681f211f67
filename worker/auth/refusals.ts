/** Whoever has many credentials refused is told to wait, by the platform's rate limit. */
import type { Context } from "hono";
import { rateLimits } from "../bindings.ts";
import { BotError, type ProblemCode, reasonOf } from "../errors.ts";
import { requestLog } from "../requestLog.ts";
import type { App } from "../routes/context.ts";

/** Refusals that count: a credential was tried. A browser whose session is over tries nothing. */
const counted: ReadonlySet<ProblemCode> = new Set(["tokenRefused", "tokenExpired", "accessRefused", "slackNotSigned"]);

/** What a door's refusal becomes: itself, or `tooManyRefusals` where its address has had too many. Without the rate limit, itself. */
export async function slowed(c: Context<App>, refusal: unknown): Promise<unknown> {
  if (!(refusal instanceof BotError) || !counted.has(refusal.code)) return refusal;
  const log = requestLog(c);
  const address = addressOf(c.req.raw);
  const { success } = (await c.env.REFUSALS?.limit({ key: address }).catch((error: unknown) => {
    log("error", "the rate limit of refusals does not answer", { reason: reasonOf(error) });
    return { success: true };
  })) ?? { success: true };
  if (!success) return new BotError("tooManyRefusals", { retryAfter: rateLimits.refusals.period });
  log("warn", "a credential was refused", { code: refusal.code, address, path: c.req.path });
  return refusal;
}

/** Who asks, as far as the network tells. Of IPv6 the first half: one subscriber has all of the rest. */
function addressOf(request: Request): string {
  const address = request.headers.get("cf-connecting-ip") ?? "unknown";
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const following = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - groups.length - following.length)).fill("0");
  return `${[...groups, ...zeros, ...following].slice(0, 4).join(":")}::/64`;
}
