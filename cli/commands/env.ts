/** `talaria env`: lines for a shell that make any OpenAI client talk to the bot. */
import type { Context } from "../context.ts";
import { shellQuoted } from "../shell.ts";

/** Prints the variables; `eval "$(./talaria env)"` sets them. */
export async function env({ output, client }: Context): Promise<void> {
  const { target } = await client();
  const variables = {
    OPENAI_BASE_URL: `${target.url}/v1`,
    OPENAI_API_KEY: target.token("client"),
    TALARIA_URL: target.url,
    TALARIA_ADMIN_TOKEN: target.token("admin"),
    ...serviceTokenOf(target.access.headers),
  };
  if (process.stdout.isTTY) {
    output.note('warning: these lines show secrets. To set them without showing: eval "$(./talaria env)"');
  }
  output.result(variables, () =>
    Object.entries(variables)
      .map(([name, value]) => `export ${name}=${shellQuoted(value)}`)
      .join("\n"),
  );
}

function serviceTokenOf(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { "cf-access-client-id": id, "cf-access-client-secret": secret } = headers;
  if (id === undefined || secret === undefined) return {};
  return { TALARIA_ACCESS_CLIENT_ID: id, TALARIA_ACCESS_CLIENT_SECRET: secret };
}
