/** The key `operatorBot` and its secrets: the second Slack app, which talks to the Worker. */
import { z } from "zod";
import { text } from "./values.ts";

/** For the README's table and `Pulumi.yaml`. */
export const operatorBotMeaning =
  "The operator's bot in Slack, which answers while the agent does not (secrets `operatorSlackBotToken`, `operatorSlackSigningSecret`). `allowedUsers`: the member ids of those who may ask it, such as `U012AB3CD`.";

const memberId = /^[UW][A-Z0-9]{2,20}$/;

export const operatorBotFields = z
  .strictObject({
    allowedUsers: z
      .array(
        text.regex(memberId, "is not a member id such as U012AB3CD (Slack: a person's profile, ⋮, Copy member ID)"),
        {
          error: "is not a list",
        },
      )
      .default([]),
  })
  .prefault({});

const token = "operatorSlackBotToken";
const signingSecret = "operatorSlackSigningSecret";
/** What the values look like. A value that does not is never told. */
const forms: Readonly<Record<string, readonly [form: RegExp, is: string]>> = {
  [token]: [/^xoxb-[\w-]{10,}$/, "a bot token, which begins with xoxb- (the app's page: OAuth & Permissions)"],
  [signingSecret]: [/^[0-9a-f]{32}$/, "a signing secret of 32 hex digits (the app's page: Basic Information)"],
};

/** A contradiction, and the key that mends it. */
export interface OperatorBotProblem {
  readonly key: string;
  readonly reason: string;
  readonly sets: { readonly key: string; readonly value: string; readonly secret: boolean };
}

/** What is wrong with the operator's bot of a stack. The token alone is right: alarms go by it, and nobody asks anything. */
export function operatorBotProblems(
  operatorBot: z.output<typeof operatorBotFields>,
  values: Readonly<Record<string, string>>,
): OperatorBotProblem[] {
  const isSet = (key: string) => (values[key] ?? "") !== "";
  const secret = (key: string) => ({ key, value: "", secret: true });
  const wrong: OperatorBotProblem[] = Object.entries(forms).flatMap(([key, [form, is]]) =>
    isSet(key) && !form.test(values[key] ?? "") ? [{ key, reason: `is not ${is}.`, sets: secret(key) }] : [],
  );
  const someone = operatorBot.allowedUsers.length > 0;
  if (isSet(signingSecret) && !someone) {
    const sets = { key: "operatorBot.allowedUsers[0]", value: "<member id>", secret: false };
    wrong.push({ key: "operatorBot.allowedUsers", reason: "names nobody who may ask the bot.", sets });
  }
  if (isSet(signingSecret) && !isSet(token))
    wrong.push({ key: token, reason: "is missing: what takes long is answered by it.", sets: secret(token) });
  if (someone && !isSet(signingSecret)) {
    const reason = "is missing: without it nobody's request can be believed, and the bot answers none.";
    wrong.push({ key: signingSecret, reason, sets: secret(signingSecret) });
  }
  return wrong;
}
