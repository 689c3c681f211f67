/** Slack's Web API, as far as the guided start asks it. */
import { z } from "zod";
import { CliError } from "../problems.ts";

/** Milliseconds that Slack may take. */
const patience = 10_000;

const answerSchema = z.looseObject({ ok: z.boolean(), error: z.string().default("") });

/** What Slack answered. */
export interface SlackAnswer {
  readonly ok: boolean;
  /** Slack's own word for what is wrong, "" for nothing. */
  readonly error: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the token was granted; undefined where Slack does not say. */
  readonly scopes: readonly string[] | undefined;
}

/** Calls a method with a token. @throws CliError `slackSilent` when there is no answer of Slack's */
export async function callSlack(
  api: string,
  method: string,
  token: string,
  args: Readonly<Record<string, string>> = {},
): Promise<SlackAnswer> {
  const silent = (detail: string) => new CliError("slackSilent", { host: new URL(api).host, detail });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" };
  const order = { method: "POST", headers, body: new URLSearchParams(args), redirect: "manual" } as const;
  const response = await fetch(`${api}/${method}`, { ...order, signal: AbortSignal.timeout(patience) }).catch(
    (error: Error & { readonly cause?: { readonly code?: string } }) => {
      throw silent(error.cause?.code ?? error.name);
    },
  );
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
  if (!answer.success) throw silent(`HTTP ${response.status}`);
  const granted = response.headers.get("x-oauth-scopes");
  const { ok, error, ...fields } = answer.data;
  return { ok, error, fields, scopes: granted?.split(",").map((scope) => scope.trim()) };
}
