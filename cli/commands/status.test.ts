import { describe, expect, it } from "vitest";
import { aStatus } from "../testing/aStatus.ts";
import { statusText } from "./status.ts";

const now = new Date("2026-11-01T12:00:00.000Z");

describe("the status for people", () => {
  it("says what the bot is, since when, and how it came there", () => {
    const text = statusText(aStatus(), now);
    expect(text).toContain("talaria-dev-bot (stack dev)");
    expect(text).toContain("ready since 2026-11-01 11:55:00Z (5 min ago)");
    expect(text).toContain("starting → ready after 4.2 s (chat)");
    expect(text).toContain("registry/talaria-exec:1 (not running)");
    expect(text).not.toContain("NOT ISOLATED");
    expect(text).not.toContain("last error");
  });

  it("is loud about an engine that does not isolate", () => {
    expect(statusText(aStatus({ engine: "process", isolated: false }), now)).toContain("process   NOT ISOLATED");
  });

  it("says of a model by Hermes' own login that nothing counts or caps it, and of no other", () => {
    const model = { default: "openai-codex/gpt-5.4", proxied: false };
    expect(statusText(aStatus({ model }), now)).toMatch(/model +openai-codex\/gpt-5\.4 +by a login of Hermes' own/);
    expect(statusText(aStatus({ model: { ...model, proxied: true } }), now)).not.toContain("caps");
  });

  it("counts streams that broke, when there are any", () => {
    expect(statusText(aStatus({ cutStreams: 2 }), now)).toContain("2 streams broke half-way");
    expect(statusText(aStatus({ cutStreams: 0 }), now)).not.toContain("broke");
  });

  it("says where commands run, and that this is not known", () => {
    const exec = { isolation: "session", boxes: 2, spare: 1, sessions: 3, boxMinutesToday: 12 };
    const said = "2 sandboxes and 1 spare of 3 sessions (isolation session), 12 sandbox minutes today";
    expect(statusText(aStatus({ exec }), now)).toContain(said);
    expect(statusText(aStatus({ exec: { failed: "reset" } }), now)).toContain("commands  unknown: reset");
    expect(statusText(aStatus(), now)).not.toContain("sandboxes");
  });

  it("names an image that runs although another one is declared", () => {
    const images = { hermes: { declared: "h:2", running: "h:1" } };
    expect(statusText(aStatus({ images }), now)).toContain("h:1 RUNNING, declared is h:2");
  });

  it("names a version that runs although another one is declared", () => {
    const text = statusText(aStatus({ runningVersions: { hermes: "0.22.2" } }), now);
    expect(text).toContain("hermes 0.22.2 RUNNING, declared is 0.21.5");
    expect(statusText(aStatus({ runningVersions: { hermes: "0.21.5" } }), now)).toContain("hermes 0.21.5,");
  });

  it("says why a bot does not answer, and nothing of the kind where it does", () => {
    const why = { answers: false, because: ["It sleeps.", "Cause: idle."], next: "A chat wakes it." };
    expect(statusText(aStatus({ why }), now)).toMatch(/why {7}It sleeps\.\n {12}Cause: idle\.\n {12}A chat wakes it\./);
    expect(statusText(aStatus({ why: { ...why, answers: true } }), now)).not.toContain("It sleeps");
  });

  it("shows the next job, the sleep and the last error with its next step", () => {
    const text = statusText(
      aStatus({
        nextJob: { id: "j1", name: "say hi", at: "2026-11-01T12:02:00.000Z" },
        sleepAfterSeconds: null,
        lastError: { code: "gatewayDied", message: "The gateway ended with 78.", next: "See ./talaria logs." },
      }),
      now,
    );
    expect(text).toContain("say hi at 2026-11-01 12:02:00Z (in 2 min)");
    expect(text).toMatch(/sleep +never/);
    expect(text).toContain("last error: The gateway ended with 78.\n              See ./talaria logs.");
  });
});
