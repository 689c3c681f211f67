import type { Caller } from "../auth/caller.ts";
import type { Env } from "../env.ts";

/** Hono's environment in this Worker. */
export interface App {
  Bindings: Env;
  Variables: {
    requestId: string;
    /** Behind a door only. */
    caller: Caller;
    /** Of an act, what its path does not say: for the audit. */
    act?: string;
    /** Behind Slack's door only: what Slack sent, and its signature. */
    slackForm: { readonly text: string; readonly signature: string };
  };
}
