/** `talaria mcp …`: the MCP servers of the bot, and the logins of those that want one. */
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { shown } from "../attached.ts";
import type { Context } from "../context.ts";
import { type Callback, listenForCallback, loopbackCallback } from "../oauthCallback.ts";
import type { Output } from "../output.ts";
import { plainText } from "../plainText.ts";
import { CliError } from "../problems.ts";
import type { RemoteShell } from "../remoteShell.ts";
import { end, started } from "./box.ts";
import { openBrowser } from "./pages.ts";

/** Options of `mcp login`. */
export interface McpLoginOptions {
  /** Seconds that the person in the browser has. */
  readonly timeout: number;
  /** False only prints the address. */
  readonly open: boolean;
}

/** An address of a login is longer than any window: in one so wide it stands in one line. */
const window = { rows: 50, cols: 20_000 };
const address = /https?:\/\/\S+[?&]redirect_uri=\S+/;
const said = { done: /Authenticated(?: —| \()/, failed: /(?:✗ )?(?:Authentication failed: |✗ )(.*)/ };

/** Hermes' own list: the stack's servers and the user's. */
export async function mcpList({ output, client }: Context): Promise<void> {
  const bot = await client();
  end(output, await shown(await started(bot, output, { argv: ["mcp", "list"] })));
}

/** Removes a server's login from the home. */
export async function mcpLogout({ output, client }: Context, name: string): Promise<void> {
  const bot = await client();
  const ended = await shown(await started(bot, output, { argv: ["mcp", "logout", name] }));
  if (ended.exit === 0) output.note("A gateway that runs keeps what it holds in memory: ./talaria restart --gateway");
  end(output, ended);
}

/**
 * Hermes' own login, run in the agent's container: the address is shown here, the browser's way back is taken on this machine (or pasted) and
 * typed into Hermes, which changes the code for tokens. They lie in the agent's home.
 */
export async function mcpLogin({ output, client }: Context, name: string, options: McpLoginOptions): Promise<void> {
  const bot = await client();
  const job = await started(bot, output, { argv: ["mcp", "login", name], tty: window });
  const login = new Login(job, output, options.open);
  const tooLong = setTimeout(() => login.giveUp(), options.timeout * 1_000);
  const leave = () => login.giveUp();
  process.on("SIGINT", leave).on("SIGTERM", leave);
  try {
    const ended = await Promise.race([job.show((bytes) => login.hears(bytes)), login.broken]);
    if (ended.endedBy === "lost") throw new CliError("containerLost");
    if (login.gaveUp) throw new CliError("mcpLoginUnfinished", { name, seconds: String(options.timeout) });
    const text = login.text;
    if (!said.done.test(text)) throw new CliError("mcpLoginFailed", { name, detail: plainText(reasonIn(text)) });
  } finally {
    clearTimeout(tooLong);
    process.off("SIGINT", leave).off("SIGTERM", leave);
    login.close();
  }
  output.result({ server: name, loggedIn: true }, () => `${name}: logged in`);
  output.note("A gateway that runs tries the server again within minutes, or at once: ./talaria restart --gateway");
}

/** Why, in Hermes' words. */
function reasonIn(text: string): string {
  return (said.failed.exec(text)?.[1] ?? text.trim().split("\n").at(-1) ?? "").trim();
}

/** One login while it goes on: what Hermes says, and what comes back from the browser. */
class Login {
  readonly broken: Promise<never>;
  gaveUp = false;
  private readonly job: RemoteShell;
  private readonly output: Output;
  private readonly opens: boolean;
  private readonly breaks: (error: unknown) => void;
  private readonly decoder = new TextDecoder();
  private raw = "";
  private announced = false;
  private callback: Callback | undefined;
  private pasted: ReturnType<typeof createInterface> | undefined;

  constructor(job: RemoteShell, output: Output, opens: boolean) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.broken = promise;
    this.breaks = reject;
    this.job = job;
    this.output = output;
    this.opens = opens;
  }

  /** All that Hermes has said. */
  get text(): string {
    return stripVTControlCharacters(this.raw).replaceAll("\r", "");
  }

  async hears(bytes: Uint8Array): Promise<void> {
    this.raw += this.decoder.decode(bytes, { stream: true });
    const url = this.announced ? undefined : address.exec(this.text)?.[0];
    if (url === undefined || !this.text.includes(`${url}\n`)) return; // the rest of it is still to come
    this.announced = true;
    await this.announce(url);
  }

  giveUp(): void {
    this.gaveUp = true;
    void this.job.cancel().catch(this.breaks);
  }

  close(): void {
    this.callback?.close();
    this.pasted?.close();
    process.stdin.unref?.();
  }

  private async announce(url: string): Promise<void> {
    this.output.note(`Open this address and log in:\n\n${plainText(url)}\n`);
    const back = loopbackCallback(url);
    // Where Hermes runs on this very machine the port is its own, and the browser finds it there.
    this.callback = back && (await listenForCallback(back).catch(() => undefined));
    void this.callback?.query.then((query) => this.types(query));
    this.output.note(
      this.callback === undefined
        ? "When the browser says that it cannot go on, paste the address that it shows here, and press Enter:"
        : "Waiting for the browser. One on another machine: paste the address that it ends at here, and press Enter:",
    );
    this.pasted = createInterface({ input: process.stdin }).on("line", (line) => this.types(line.trim()));
    if (this.opens) await openBrowser(url);
  }

  /** A terminal takes a line of 4 KB: what Hermes needs of the address is its query. */
  private types(text: string): void {
    const query = text.includes("?") ? text.slice(text.indexOf("?")) : text;
    if (query === "") return;
    this.job.type(Buffer.from(`${query}\r`), this.breaks);
  }
}
