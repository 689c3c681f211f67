/** Routes that say that the server is there, and which one. */
import { ok, sendText } from "../answer.ts";
import { Fault } from "../fault.ts";
import type { Handler } from "../handler.ts";

/** The readiness probe; any `Host` will do. */
export const greeting: Handler = async (call) => {
  sendText(call.response, 200, "text/plain; charset=utf-8", "Hello from Bun server! 🚀");
  return undefined;
};

/** Health. */
export const ping: Handler = async () => ok({ status: "healthy" });

/** Version of the image, which the SDK compares with its own. */
export const version: Handler = async (_call, { settings }) => ok({ version: settings.version });

/** Registered in the real server, but without an answer. */
export const commands: Handler = async () => {
  throw new Fault("UNKNOWN_ERROR", "Invalid endpoint");
};
