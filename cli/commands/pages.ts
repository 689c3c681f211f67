/** `talaria console`, `talaria dashboard`: a page of the bot, in the browser. */
import { spawn } from "node:child_process";
import type { Context } from "../context.ts";
import type { Target } from "../target.ts";

/** Options of both. */
export interface PageOptions {
  /** False only prints the address. */
  readonly open: boolean;
}

/** The operator's console. It answers whether the bot is up or not, and wakes nothing. */
export function operatorConsole(context: Context, options: PageOptions): Promise<void> {
  return page(context, ({ url }) => `${url}/console`, options);
}

/** Hermes' dashboard, whose page wakes the bot. */
export function dashboard(context: Context, options: PageOptions): Promise<void> {
  return page(context, ({ dashboardUrl }) => dashboardUrl, options);
}

/** Prints the address and opens it. The page there asks for the admin token, unless Access stands before it. */
async function page(
  { output, client }: Context,
  addressOf: (target: Target) => string,
  { open }: PageOptions,
): Promise<void> {
  const url = addressOf((await client()).target);
  const opened = open && (await openBrowser(url));
  output.result({ url, opened }, () => url);
  if (open && !opened) output.note("There is no browser that can be opened from here: open this address yourself.");
}

/** The program that opens an address as the person at this machine likes; undefined on one without a screen. */
function opener({ DISPLAY, WAYLAND_DISPLAY, BROWSER }: NodeJS.ProcessEnv): readonly [string, ...string[]] | undefined {
  if (BROWSER) return [BROWSER];
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["explorer.exe"];
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open"] : undefined;
}

/** Whether a browser could be asked. It goes on when this program has ended. */
export function openBrowser(url: string): Promise<boolean> {
  const command = opener(process.env);
  if (command === undefined) return Promise.resolve(false);
  const [program, ...args] = command;
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false)); // it is not installed: the address is printed
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
