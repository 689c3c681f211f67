/** What the routes work on. */
import { Processes } from "./processes.ts";
import { Sessions } from "./sessions.ts";
import type { Settings } from "./settings.ts";

/** The state of one server. */
export interface Sandbox {
  readonly settings: Settings;
  readonly sessions: Sessions;
  readonly processes: Processes;
}

/** A sandbox without sessions and running processes. */
export function openSandbox(settings: Settings): Sandbox {
  const sessions = new Sessions(settings.workspace);
  return { settings, sessions, processes: new Processes(settings, sessions) };
}
