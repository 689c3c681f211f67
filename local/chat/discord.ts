/**
 * A Discord API on loopback, as strict as the real one: `Authorization: Bot <token>`, 401 with code 0 for anything else, flags of
 * the application as bits. It keeps what it was asked, without tokens.
 */
import { createServer } from "node:http";
import { closed, listening } from "../listening.ts";

/** Privileged intents of an application, by the bit that says "on, for less than a hundred servers". */
const limitedIntents = { presence: 1 << 13, members: 1 << 15, content: 1 << 19 } as const;

/** An application with its bot. */
export interface DiscordApplication {
  readonly id: string;
  readonly name: string;
  readonly token: string;
  /** Privileged intents that are on. */
  readonly intents: readonly (keyof typeof limitedIntents)[];
}

/** One request. No token in it. */
export interface DiscordCall {
  readonly path: string;
  /** Whose token; null for none that is known. */
  readonly application: string | null;
}

export interface RunningDiscord {
  /** What `https://discord.com/api/v10` is. */
  readonly url: string;
  /** Oldest first. */
  readonly calls: readonly DiscordCall[];
  close(): Promise<void>;
}

/** An application of tests. */
export const smallDiscordApplication: DiscordApplication = {
  id: "123456789012345678",
  name: "talaria-test",
  token: "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.0123456789012345678901234567890123456_",
  intents: ["content"],
};

const paths: Readonly<Record<string, (application: DiscordApplication) => unknown>> = {
  "/users/@me": ({ id, name }) => ({ id, username: name, discriminator: "0000", bot: true }),
  "/applications/@me": ({ id, name, intents }) => ({
    id,
    name,
    description: "",
    bot_public: false,
    flags: intents.reduce((flags, intent) => flags | limitedIntents[intent], 0),
  }),
};

/** Starts it on 127.0.0.1 and resolves when it listens. */
export async function startDiscord(
  applications: readonly DiscordApplication[] = [smallDiscordApplication],
): Promise<RunningDiscord> {
  const calls: DiscordCall[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname.replace(/^\/api\/v10/, "");
    const application = applications.find(({ token }) => request.headers.authorization === `Bot ${token}`);
    calls.push({ path, application: application?.name ?? null });
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const act = paths[path];
    if (act === undefined) answer(404, { message: "404: Not Found", code: 0 });
    else if (application === undefined) answer(401, { message: "401: Unauthorized", code: 0 });
    else answer(200, act(application));
  });
  const url = `http://127.0.0.1:${await listening(server)}/api/v10`;
  return {
    url,
    calls,
    close: () => closed(server),
  };
}
