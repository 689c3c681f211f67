/** The official OpenAI client, configured as a user's program is: from the lines that `./talaria env` prints. */
import OpenAI from "openai";
import { mustPass } from "./commands.ts";
import type { LocalSystem } from "./harness.ts";

const line = /^export (\w+)='(.*)'$/;

/** Environment variables as a shell would have them after `eval "$(./talaria env)"`. */
export async function evaluatedEnv(local: LocalSystem): Promise<Readonly<Record<string, string>>> {
  const { stdout } = mustPass(await local.talaria(["env"]));
  const pairs = stdout
    .trim()
    .split("\n")
    .map((text) => line.exec(text)?.slice(1) ?? [text, ""]);
  return Object.fromEntries(pairs);
}

/** A client that reads what `env` set; `apiKey` may be another one. It repeats nothing by itself. */
export function openaiClient(env: Readonly<Record<string, string>>, apiKey = env.OPENAI_API_KEY ?? ""): OpenAI {
  return new OpenAI({ baseURL: env.OPENAI_BASE_URL ?? "", apiKey, maxRetries: 0 });
}

/** One message of a user. */
export function saying(content: string) {
  return { model: "hermes-agent", messages: [{ role: "user" as const, content }] };
}

/** The pieces of a streamed answer. */
export async function pieces(client: OpenAI, content: string): Promise<readonly string[]> {
  const stream = await client.chat.completions.create({ ...saying(content), stream: true });
  const found: string[] = [];
  // Read as many programs read it: each chunk has a first choice.
  for await (const chunk of stream) found.push(chunk.choices[0]?.delta.content ?? "");
  return found.filter((piece) => piece !== "");
}

/** What a call throws. @throws Error when it throws nothing */
export async function thrownBy(call: () => Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await call();
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error("it was answered, where an error was expected");
}
