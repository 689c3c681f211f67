/** A status as the bot gives it, with what a test wants to say about it. */
import type { Status } from "../api.ts";

/** A ready bot, changed by `more`. */
export function aStatus(more: Partial<Status> = {}): Status {
  const image = { declared: "registry/talaria-hermes:1", running: "registry/talaria-hermes:1" };
  return {
    bot: "talaria-dev-bot",
    stack: "dev",
    state: "ready",
    desired: "running",
    engine: "cloudflare",
    isolated: true,
    since: "2026-11-01T11:55:00.000Z",
    transitions: [{ at: "2026-11-01T11:55:00.000Z", from: "starting", to: "ready", cause: "chat", ms: 4200 }],
    lastError: null,
    versions: { talaria: "0.1.0", hermes: "0.21.5", sdk: "0.12.10" },
    images: { hermes: image, exec: { declared: "registry/talaria-exec:1", running: null }, care: image },
    nextJob: null,
    sleepAfterSeconds: 14_400,
    idleSince: null,
    activeRuns: 0,
    queuedRuns: 0,
    ...more,
  };
}
