/** `talaria converge`: the last step of `pulumi up`. Waits until the bot is what the stack declares. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Convergence, convergeSchema, statusSchema } from "../api.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";

/** Options of `converge`, in seconds. */
export interface ConvergeOptions {
  /** How long it may last altogether. */
  readonly timeout: number;
  /** How long the Worker may stay out of reach: a new route takes its time. */
  readonly grace: number;
  /** Between two questions. */
  readonly interval: number;
}

/** Longest wait for one answer of the Worker, in milliseconds. */
const longestCall = 60_000;

/** This many looks at a failed bot that nobody starts any more end the waiting. */
const failuresUntilGivingUp = 3;

/** The bot's words for: failed too often, or stays down as the stack wants it; an operator has to act. */
const hopeless: readonly (string | undefined)[] = ["gaveUp", "staysDown"];

/** The bot, or Access before it, does not take the credential. */
const refusals = ["tokenRefused", "accessRefused"];

/** A token is refused for this long at most before that counts: a new upload takes its time to be everywhere. */
const tokenGraceSeconds = 30;

/** Asks again and again, says what it waits for, and fails with the bot's last error. */
export async function converge({ output, client }: Context, options: ConvergeOptions): Promise<void> {
  const bot = await client();
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const say = reporter(output, seconds);
  let reachedAt = 0;
  let failures = 0;
  let last = "no answer yet";

  while (seconds() < options.timeout) {
    const answer = await ask(bot, Math.min(longestCall, (options.timeout - seconds()) * 1000 + 1000));
    if (answer instanceof CliError && answer.code === "accessLogIn") return notAsked(output, answer);
    if (answer instanceof CliError) {
      const silence = seconds() - reachedAt;
      const grace = refusals.includes(answer.code) ? Math.min(tokenGraceSeconds, options.grace) : options.grace;
      if (silence >= grace) throw unreached(answer, bot, silence);
      last = answer.message;
      say(`the Worker to answer (${answer.message})`);
    } else {
      reachedAt = seconds();
      if (answer.value.converged) return done(output, answer.raw, answer.value, seconds());
      if (answer.value.action === "drift") throw new CliError("imageKept", { detail: answer.value.message });
      last = answer.value.waitingFor ?? answer.value.message;
      say(`${last} (${answer.value.state})`);
      failures = (await isHopeless(bot, answer.value)) ? failures + 1 : 0;
      if (failures >= failuresUntilGivingUp) break;
    }
    await sleep(options.interval * 1000);
  }
  throw (await lastErrorOf(bot)) ?? new CliError("notConverged", { seconds: Math.round(seconds()), detail: last });
}

async function ask(bot: Client, ms: number): Promise<{ value: Convergence; raw: unknown } | CliError> {
  const signal = AbortSignal.timeout(Math.ceil(ms));
  return await bot
    .api({ method: "POST", path: "/api/converge", body: {}, signal }, convergeSchema)
    .catch((error: unknown) => {
      if (error instanceof CliError && !["noAdminToken", "noClientToken"].includes(error.code)) return error;
      throw error;
    });
}

/** Whether nothing will change without a hand: only then is it worth another request to know why. */
async function isHopeless(bot: Client, { state, action }: Convergence): Promise<boolean> {
  if (state !== "failed") return false;
  return action === "none" || hopeless.includes((await lastErrorOf(bot))?.code);
}

/** One line whenever what is waited for changes. */
function reporter(output: Output, seconds: () => number): (what: string) => void {
  let before = "";
  return (what) => {
    if (what === before || output.json) return;
    before = what;
    output.piece(`${seconds().toFixed(0).padStart(4)} s  waiting for ${what}\n`);
  };
}

function done(output: Output, raw: unknown, value: Convergence, seconds: number): void {
  const asleep = value.action === "asleep" ? "asleep; applies at next wake" : value.message;
  output.result(
    { ...(typeof raw === "object" ? raw : {}), seconds: Math.round(seconds) },
    () => `${seconds.toFixed(0).padStart(4)} s  ${asleep}`,
  );
}

/**
 * A stack with Access gives this step its service token. Without one, Access that stands there is what the same `up`
 * removes after this step, as Pulumi deletes last; or somebody made it by hand.
 */
function notAsked(output: Output, { message }: CliError): void {
  output.note(
    `warning: the bot was not asked. ${message} This stack has no talaria:access; if \`up\` just removes it,`,
  );
  output.note("         look afterwards: ./talaria status");
  output.result({ converged: null, action: "notAsked" }, () => "   – s  not asked");
}

function unreached(error: CliError, bot: Client, silence: number): CliError {
  if (["unreachable", "unexpected", "certificatePending"].includes(error.code)) {
    return new CliError("neverReached", { url: bot.target.url, seconds: Math.round(silence), detail: error.message });
  }
  return error;
}

/** The bot's own words are better than "not converged". */
async function lastErrorOf(bot: Client): Promise<CliError | undefined> {
  const signal = AbortSignal.timeout(longestCall);
  const status = await bot.api({ method: "GET", path: "/api/status", signal }, statusSchema).catch(() => undefined); // the caller has an error to throw anyway
  const error = status?.value.lastError;
  if (!error) return undefined;
  return new CliError(
    "refused",
    { detail: error.message, advice: error.next ?? "See why: ./talaria logs" },
    error.code,
  );
}
