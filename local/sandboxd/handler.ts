import type { Call } from "./call.ts";
import type { Sandbox } from "./sandbox.ts";

/** Answers a call with a JSON body, or with nothing when it has answered by itself. Throws a `Fault` otherwise. */
export type Handler = (call: Call, sandbox: Sandbox) => Promise<object | undefined>;
