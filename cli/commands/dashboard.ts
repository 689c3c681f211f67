/** `talaria dashboard`: Hermes' dashboard, in the browser. */
import { spawn } from "node:child_process";
import type { Context } from "../context.ts";

/** Options of `dashboard`. */
export interface DashboardOptions {
  /** False only prints the address. */
  readonly open: boolean;
}

/** Prints the address and opens it. The page there asks for the admin token, unless Access stands before it, and wakes the bot. */
export async function dashboard({ output, client }: Context, { open }: DashboardOptions): Promise<void> {
  const url = (await client()).target.dashboardUrl;
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
function openBrowser(url: string): Promise<boolean> {
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
