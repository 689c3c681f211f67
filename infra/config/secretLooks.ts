/** What looks like a secret, and stands where everybody may read it. */

/** Shapes of keys that are known by their beginning, and of what carries a password. */
const shapes: readonly (readonly [what: string, shape: RegExp])[] = [
  ["an API key", /\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16,}/],
  ["a Slack token", /\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/],
  ["a GitHub token", /\b(?:gh[opsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{15,}/],
  ["a Hugging Face token", /\bhf_[A-Za-z0-9]{20,}/],
  ["an AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a Google API key", /\bAIza[A-Za-z0-9_-]{30,}/],
  ["a Telegram bot token", /\b\d{6,12}:[A-Za-z0-9_-]{30,}/],
  ["a token of Talaria's", /\btalaria-(?:admin|client|hermes|session)-[A-Za-z0-9_-]{20,}/],
  ["a JSON Web Token", /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a bearer token", /\bBearer\s+(?!\$\{)[A-Za-z0-9._~+/-]{12,}/i],
  ["a URL with a password", /:\/\/[^/\s:@]+:(?!\$\{)[^/\s@]+@/],
];

/** Names whose values are secrets. `tokens` and `token_limit` are amounts. */
const secretName =
  /(?:^|[_-])(?:(?:api|auth|access|private|signing|secret)_?key|token|secret|passwd|password|passphrase|credentials?|webhook_url)$/;

/** A value by another name: `${NAME}` is filled in where the bot runs, and says nothing. */
const reference = /^\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*$/;

/**
 * What a value seems to be, "an API key" for one; undefined where it seems harmless. `name` is the last part of its key:
 * under the name of a secret, any text is taken for one that is longer than seven characters and no reference.
 */
export function secretLook(name: string, value: string): string | undefined {
  if (reference.test(value)) return undefined;
  const shape = shapes.find(([, pattern]) => pattern.test(value));
  if (shape !== undefined) return shape[0];
  return secretName.test(snake(name)) && value.trim().length > 7 ? `the value of "${name}"` : undefined;
}

/** `apiKey`, `API-KEY` and `api_key` alike. */
function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
}
