/** `talaria codex login`: OpenAI's device login, carried from the agent's container to this terminal. */
import { statusSchema } from "../api.ts";
import { shown } from "../attached.ts";
import type { Context } from "../context.ts";
import { CliError } from "../problems.ts";
import type { ShellOrder } from "../remoteShell.ts";
import { end, started } from "./box.ts";

export interface CodexLoginOptions {
  /** The login of the Codex CLI, which is another one. */
  readonly cli?: true;
}

/** What bash says of a program that is not there. */
const notFound = 127;

interface Login {
  readonly order: ShellOrder;
  /** Where it lies afterwards. */
  readonly done: string;
}

const hermesLogin: Login = {
  order: { argv: ["auth", "add", "openai-codex", "--no-browser"] },
  done: "Hermes is logged in. The login lies in the agent's own container, ~/.hermes/auth.json, is saved with its memory, and is refreshed there. The sandboxes of its commands do not have it.",
};
const cliLogin: Login = {
  order: { argv: ["login", "--device-auth"], program: "codex" },
  done: "The Codex CLI is logged in. The login lies in the agent's own container, ~/.codex, and is saved with its memory. It is not the one that Hermes' provider openai-codex uses.",
};

/** Prints the address and the code, waits for the person in the browser, and says when it is done. */
export async function codexLogin({ output, client }: Context, { cli }: CodexLoginOptions): Promise<void> {
  const bot = await client();
  const { order, done } = cli ? cliLogin : hermesLogin;
  const ended = await shown(await started(bot, output, order));
  if (cli && ended.exit === notFound) throw new CliError("noCodexCli");
  if (ended.exit !== 0) return end(output, ended);
  output.note(done);
  const { value } = await bot.api({ method: "GET", path: "/api/status" }, statusSchema);
  if (!cli && value.model?.proxied) {
    output.note(
      `The bot asks ${value.model.default}. Another model uses the login: pulumi config set --path talaria:model.default openai-codex/<model>, then pulumi up.`,
    );
  }
}
