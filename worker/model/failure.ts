import { providers } from "../bindings.ts";
import { BotError, type ProblemCode, problems } from "../errors.ts";
import type { ModelTarget } from "./provider.ts";

/** Tag that carries an error's code through Hermes, which passes on the text of a provider's error and nothing else. */
const tag = /\[talaria:(\w+)\]/;

/** The most of a provider's own words that is passed on. */
const longestReason = 300;
/** Of an error's text Hermes passes on so many characters; the tag has to be among them. */
const hermesKeeps = 300;

/** What a provider's failure means for the owner of the bot; undefined when its own words serve Hermes best. */
export function failureOf(target: ModelTarget, status: number, reason: string): BotError | undefined {
  const { configKey } = providers[target.provider];
  if (isRedirect(status))
    return new BotError("modelUnreachable", {
      ...{ provider: target.provider, configKey },
      reason: `it answers with status ${status}, which sends elsewhere; requests and keys go to the declared address alone.`,
    });
  const code = codeOf(status, reason);
  if (!code) return undefined;
  return new BotError(code, {
    provider: target.provider,
    configKey,
    model: target.model,
    status,
    reason: reason.slice(0, longestReason),
  });
}

/** Whether an answer sends elsewhere. */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** A 200 without a token. */
export function emptyAnswer({ provider, model }: ModelTarget): BotError {
  return new BotError("modelEmpty", { provider, configKey: providers[provider].configKey, model });
}

function codeOf(status: number, reason: string): ProblemCode | undefined {
  if (status === 402 || /credit balance|insufficient.{0,10}(quota|credit|balance)/i.test(reason))
    return "modelNoCredit";
  if (status === 401 || status === 403) return "modelKeyRefused";
  if (status === 404) return "modelUnknown";
  if (status === 400 && /model/i.test(reason) && /not (a valid|found|exist)|unknown|invalid model/i.test(reason)) {
    return "modelUnknown";
  }
  if (status === 429) return "modelRateLimited";
  return status >= 500 ? "modelFailing" : undefined;
}

/** The answer that Hermes gets: the provider's status (which decides whether it tries again) and our words, tagged. */
export function forHermes(error: BotError, status: number, retryAfter: string | null = null): Response {
  const mark = ` [talaria:${error.code}]`;
  const said = `${error.message} ${error.next}`;
  const room = hermesKeeps - mark.length;
  const message = `${said.length > room ? `${said.slice(0, room - 1)}…` : said}${mark}`;
  // OpenAI's and Anthropic's clients both read `error.message` and `error.type`.
  return Response.json(
    { type: "error", error: { type: problems[error.code].type, message, code: error.code } },
    { status, headers: retryAfter === null ? {} : { "retry-after": retryAfter } },
  );
}

/** A text as a person should read it. */
export function withoutTag(text: string): string {
  return text.replace(/ ?\[talaria:\w+\]/g, "");
}

/** Finds a tagged failure in what Hermes says of a failed run. The code decides the client's status, the text stays. */
export function failureInHermesText(text: string): { code: ProblemCode; message: string } | undefined {
  const code = tag.exec(text)?.[1];
  if (code === undefined || !(code in problems)) return undefined;
  const message = withoutTag(text)
    .replace(/^HTTP \d+: /, "")
    .trim();
  return { code: code as ProblemCode, message };
}
