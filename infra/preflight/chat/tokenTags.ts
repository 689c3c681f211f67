/** One token in two stacks: two gateways would take each other's messages. Each upload carries tags by which the other is found. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type ChatSecret, chatSecrets } from "../../../worker/bindings.ts";
import { type Connection, call } from "../../cloudflare/api.ts";
import { platforms } from "../../config/chat/platforms.ts";
import type { BotConfig } from "../../config.ts";
import type { BotNames } from "../../naming.ts";
import { type Finding, warning } from "./finding.ts";

/** Tokens by which a platform knows a bot. A password is not among them: a person may have thought of it, and its tag would let one guess. */
const tagged: readonly ChatSecret[] = ["slackBotToken", "slackAppToken", "telegramBotToken", "discordBotToken"];

const prefix = "talaria-token-";

/** A token's tag: 12 hex digits, which say nothing of the token and differ from account to account. */
export function tokenTag(accountId: string, token: string): string {
  return prefix + createHash("sha256").update(`${accountId}:${token}`).digest("hex").slice(0, 12);
}

/** Tags of the Worker that holds the stack's tokens, sorted; no secret. */
export function tokenTags(config: Pick<BotConfig, "accountId" | "secrets">): pulumi.Output<string[]> {
  return pulumi.unsecret(
    pulumi
      .all(ownTokens(config).map(({ token }) => token))
      .apply((tokens) => tokens.map((token) => tokenTag(config.accountId, token)).sort()),
  );
}

/** Other Workers of the account with one of the stack's tokens. */
export async function otherStacks(
  connection: Connection,
  config: Pick<BotConfig, "accountId" | "secrets">,
  { worker }: Pick<BotNames, "worker">,
): Promise<readonly Finding[]> {
  const own = ownTokens(config);
  if (own.length === 0) return [];
  const keys = await Promise.all(
    own.map(
      ({ key, token }) =>
        new Promise<[string, ChatSecret]>((resolve) => {
          token.apply((value) => resolve([tokenTag(config.accountId, value), key]));
        }),
    ),
  );
  const scripts = await call(connection, "GET", `/accounts/${config.accountId}/workers/scripts`).catch(() => []); // what the account lacks is told by the other checks
  const listed =
    z.array(z.object({ id: z.string(), tags: z.array(z.string()).nullish() })).safeParse(scripts).data ?? [];
  return listed
    .filter(({ id }) => id !== worker)
    .flatMap(({ id, tags }) => {
      const shared = keys.filter(([tag]) => tags?.includes(tag)).map(([, key]) => key);
      return shared.length === 0 ? [] : [sharedWith(id, shared)];
    });
}

function sharedWith(other: string, keys: readonly ChatSecret[]): Finding {
  const labels = [...new Set(keys.map((key) => platforms[chatSecrets[key].platform].label))].join(" and ");
  return warning(
    `The Worker ${other} of this account has the same ${keys.map((key) => `talaria:${key}`).join(", ")}: on ${labels} the two bots take each other's messages. Give each a bot of its own, or take the token from one: pulumi config rm talaria:${keys[0] ?? ""}`,
  );
}

function ownTokens({ secrets }: Pick<BotConfig, "secrets">) {
  return tagged.flatMap((key) => {
    const token = secrets[chatSecrets[key].secret];
    return token === undefined ? [] : [{ key, token }];
  });
}
