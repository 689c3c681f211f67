/** Where local state and caches lie. The only file in `local/` that knows a folder's name. */
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Top of the checkout. */
export const checkout = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** State of the local stacks and of the loopback Cloudflare. `TALARIA_STATE_DIR` moves it (tests, a second copy). */
export const stateDir = process.env.TALARIA_STATE_DIR ?? path.join(checkout, ".talaria");

/** Downloads and builds, shared by all checkouts of the user. `TALARIA_CACHE_DIR` moves it. */
export const cacheDir = process.env.TALARIA_CACHE_DIR ?? path.join(userCache(), "talaria");

function userCache(): string {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  return process.platform === "darwin"
    ? path.join(os.homedir(), "Library", "Caches")
    : path.join(os.homedir(), ".cache");
}
