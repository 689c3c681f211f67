/**
 * A Telegram Bot API on loopback, as strict as the real one: the token in the path, `ok: false` with a description, 404 for
 * a token that is none and 401 for one that it does not know. It keeps what it was asked, without tokens.
 */
import { createServer } from "node:http";
import { closed, listening } from "../listening.ts";

/** A bot as @BotFather made it. */
export interface TelegramBot {
  /** `<digits>:<35 characters>`. */
  readonly token: string;
  readonly username: string;
  /** Whether privacy mode is off. @default false */
  readonly readsGroups?: boolean;
  /** Address that gets its messages; "" for none. @default "" */
  readonly webhook?: string;
}

/** One request. No token in it. */
export interface TelegramCall {
  readonly method: string;
  /** Whose token; null for none that is known. */
  readonly bot: string | null;
}

export interface RunningTelegram {
  /** What `https://api.telegram.org` is. */
  readonly url: string;
  /** Oldest first. */
  readonly calls: readonly TelegramCall[];
  close(): Promise<void>;
}

/** A bot of tests. */
export const smallTelegramBot: TelegramBot = {
  token: `1234567890:${"AAH".repeat(11)}xy`,
  username: "talaria_test_bot",
};

const methods: Readonly<Record<string, (bot: TelegramBot) => unknown>> = {
  getMe: ({ token, username, readsGroups = false }) => ({
    id: Number(token.split(":")[0]),
    is_bot: true,
    first_name: username,
    username,
    can_join_groups: true,
    can_read_all_group_messages: readsGroups,
    supports_inline_queries: false,
  }),
  getWebhookInfo: ({ webhook = "" }) => ({ url: webhook, has_custom_certificate: false, pending_update_count: 0 }),
};

/** Starts it on 127.0.0.1 and resolves when it listens. */
export async function startTelegram(bots: readonly TelegramBot[] = [smallTelegramBot]): Promise<RunningTelegram> {
  const calls: TelegramCall[] = [];
  const server = createServer((request, response) => {
    const [, token = "", method = ""] =
      /^\/bot([^/]*)\/(\w+)$/.exec(new URL(request.url ?? "/", "http://x").pathname) ?? [];
    const bot = bots.find((one) => one.token === token);
    calls.push({ method, bot: bot?.username ?? null });
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const fails = (status: number, description: string) =>
      answer(status, { ok: false, error_code: status, description });
    const act = methods[method];
    if (!/^\d+:[A-Za-z0-9_-]{35}$/.test(token)) fails(404, "Not Found");
    else if (bot === undefined) fails(401, "Unauthorized");
    else if (act === undefined) fails(404, "Not Found");
    else answer(200, { ok: true, result: act(bot) });
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  return {
    url,
    calls,
    close: () => closed(server),
  };
}
