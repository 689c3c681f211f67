/** Which bot the command line talks to: `--stack`, else TALARIA_URL and its tokens, else stack `local`. */
import { AccessPass } from "./access.ts";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";
import { readStackOutputs } from "./stackOutputs.ts";

/** The two kinds of caller: the operator on /api, the client on /v1. */
export type TokenKind = "admin" | "client";

/** A bot and how to speak to it. */
export interface Target {
  /** Without a slash at the end. */
  readonly url: string;
  /** Where Hermes' dashboard answers. The bot itself leads on from here, where that is a hostname of its own. */
  readonly dashboardUrl: string;
  /** The stack, when its outputs named the bot. */
  readonly stack: string | undefined;
  /** The token of that kind; throws when there is none. */
  readonly token: (kind: TokenKind) => string;
  /** Whether there is a token of that kind. An operator whom Access lets through needs none. */
  readonly has: (kind: TokenKind) => boolean;
  readonly access: AccessPass;
}

/** The environment variables that count. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds the target. */
export async function findTarget(stack: string | undefined, env: Environment, output: Output): Promise<Target> {
  if (stack === undefined && env.TALARIA_URL) return fromEnvironment(env.TALARIA_URL, env);
  if (stack === undefined && env.TALARIA_ADMIN_TOKEN) throw new CliError("noUrl");
  const name = stack ?? "local";
  const outputs = await readStackOutputs(name, output);
  const url = checkedUrl(outputs.url, `Output url of stack ${name}:`);
  return {
    url,
    dashboardUrl: outputs.dashboardUrl ?? `${url}/dashboard`,
    stack: name,
    token: (kind) => (kind === "admin" ? outputs.adminToken : outputs.clientToken),
    has: () => true,
    access: AccessPass.ofStack(url, outputs.accessServiceToken),
  };
}

/** The target that environment variables describe. */
export function fromEnvironment(address: string, env: Environment): Target {
  const url = checkedUrl(address, "TALARIA_URL");
  const found = (kind: TokenKind) => (kind === "admin" ? env.TALARIA_ADMIN_TOKEN : clientToken(url, env));
  return {
    url,
    dashboardUrl: `${url}/dashboard`,
    stack: undefined,
    access: AccessPass.fromEnvironment(url, env),
    has: (kind) => Boolean(found(kind)),
    token(kind) {
      const token = found(kind);
      if (!token) throw new CliError(kind === "admin" ? "noAdminToken" : "noClientToken");
      return token;
    },
  };
}

/** OPENAI_API_KEY counts only when OPENAI_BASE_URL is this bot: a key of a real provider never leaves for it. */
function clientToken(url: string, env: Environment): string | undefined {
  if (env.TALARIA_CLIENT_TOKEN) return env.TALARIA_CLIENT_TOKEN;
  return env.OPENAI_BASE_URL?.replace(/\/+$/, "") === `${url}/v1` ? env.OPENAI_API_KEY : undefined;
}

function checkedUrl(address: string, origin: string): string {
  if (!URL.canParse(address) || !/^https?:/.test(address)) throw new CliError("badUrl", { origin, url: address });
  const { protocol, hostname, href } = new URL(address);
  const loopback = /^(127\.[\d.]+|\[::1\]|(.+\.)?localhost)$/.test(hostname);
  if (protocol === "http:" && !loopback) throw new CliError("plainHttp", { url: address });
  return href.replace(/\/+$/, "");
}
