/** What a run is told: arguments and environment, checked before anything is sent. */
import { parseArgs } from "node:util";

/** Where and how to walk. */
export interface Settings {
  /** Cloudflare's API, without a slash at its end. */
  readonly apiBaseUrl: string;
  readonly apiToken: string;
  readonly accountId: string;
  /** The registry that images are pushed to; undefined beside an API that has none. */
  readonly registryUrl: string | undefined;
  /** Two public images whose program runs until it is stopped. */
  readonly images: { readonly first: string; readonly second: string };
  /** Minutes that a rollout may take. */
  readonly patience: number;
  /** The owner of the account has agreed to what will be created. */
  readonly agreed: boolean;
}

/** A wrong command line or environment; the message says what to type. */
export class UsageError extends Error {}

const liveApi = "https://api.cloudflare.com/client/v4";

/** Printed by `--help`. */
export const usage = `npm run smoke:cloudflare -- [OPTIONS]

Asks a Cloudflare account the questions that Talaria's code answers by reading documentation and source alone,
cheapest first, removes what it made, and writes .talaria/smoke-report-<date>.md.
It was never run against a live account: the script itself is proven on the loopback API only.

  --yes                 create what the plan names (without it the plan is printed, and nothing is done)
  --image <ref>         public image of the first instance   (default docker.io/library/nginx:1.27-alpine)
  --second-image <ref>  image that the rollout brings        (default docker.io/library/nginx:1.28-alpine)
  --patience <minutes>  how long a rollout may take          (default 20)
  --help

Environment:
  CLOUDFLARE_API_TOKEN     account API token with the permissions that the plan lists
  CLOUDFLARE_ACCOUNT_ID    32 hex digits
  CLOUDFLARE_API_BASE_URL  another API, such as the loopback one (default ${liveApi})
  CLOUDFLARE_REGISTRY_URL  the registry beside another API

Exit code: 0 everything that Talaria relies on holds; 1 something differs or could not be decided;
2 nothing was done; 3 something could not be removed (it is named); 130 interrupted, and everything removed.`;

/**
 * Reads arguments and environment; undefined when help is wanted.
 * @throws UsageError with every problem at once
 */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Settings | undefined {
  const values = readArgs(args);
  if (values.help) return undefined;
  const apiBaseUrl = (env.CLOUDFLARE_API_BASE_URL || liveApi).replace(/\/+$/, "");
  const apiToken = env.CLOUDFLARE_API_TOKEN ?? "";
  const accountId = env.CLOUDFLARE_ACCOUNT_ID ?? "";
  const patience = Number(values.patience ?? 20);
  const problems = [
    apiToken === "" &&
      "CLOUDFLARE_API_TOKEN is not set. Make a token in the dashboard (Manage account > Account API tokens), then: read -rs CLOUDFLARE_API_TOKEN && export CLOUDFLARE_API_TOKEN",
    !/^[0-9a-f]{32}$/.test(accountId) &&
      `CLOUDFLARE_ACCOUNT_ID ${accountId === "" ? "is not set" : `"${accountId}" is not an account id`} (32 hex digits). It stands in the dashboard's address: export CLOUDFLARE_ACCOUNT_ID=<id>`,
    !isSafe(apiBaseUrl) &&
      `CLOUDFLARE_API_BASE_URL ${apiBaseUrl} would carry the token in plain text. Use https, or a loopback address: unset CLOUDFLARE_API_BASE_URL`,
    !(patience > 0 && patience <= 60) && "--patience takes minutes, more than 0 and at most 60: --patience 20",
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new UsageError(problems.join("\n       "));
  return {
    apiBaseUrl,
    apiToken,
    accountId,
    registryUrl:
      env.CLOUDFLARE_REGISTRY_URL?.replace(/\/+$/, "") ??
      (apiBaseUrl === liveApi ? "https://registry.cloudflare.com" : undefined),
    images: {
      first: values.image ?? "docker.io/library/nginx:1.27-alpine",
      second: values["second-image"] ?? "docker.io/library/nginx:1.28-alpine",
    },
    patience,
    agreed: values.yes === true,
  };
}

function readArgs(args: readonly string[]) {
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        yes: flag,
        help: { ...flag, short: "h" },
        image: text,
        "second-image": text,
        patience: text,
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${reason}\n       See: npm run smoke:cloudflare -- --help`);
  }
}

function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
}
