import { describe, expect, it } from "vitest";
import { botConfig } from "../../config.ts";
import { aSource } from "../../testing/source.ts";

function message(changes: Record<string, unknown>): string {
  try {
    botConfig(aSource(changes));
  } catch (error) {
    return String((error as Error).message);
  }
  return "no problem";
}

describe("how a gateway runs", () => {
  it("is always again after five seconds, in the container's time zone, without options, unless a stack says otherwise", () => {
    expect(botConfig(aSource())).toMatchObject({ restart: { policy: "always", delaySeconds: 5 }, extraArgs: [] });
    const restart = { policy: "on-failure", delaySeconds: 0, limit: 3 };
    const declared = { restart, timezone: "America/Sao_Paulo", extraArgs: ["--accept-hooks"] };
    expect(botConfig(aSource(declared))).toMatchObject(declared);
  });

  it.each([
    [
      { restart: { policy: "sometimes" } },
      `talaria:restart.policy "sometimes" is not one of always, on-failure, never.`,
    ],
    [{ restart: { delaySeconds: 301 } }, "talaria:restart.delaySeconds 301 is more than 300."],
    [{ restart: { limit: 0 } }, "talaria:restart.limit 0 is not a whole number from 1 to 1000."],
    [{ restart: { polcy: "never" } }, "talaria:restart may mean policy"],
    [{ timezone: "Berlin" }, `talaria:timezone "Berlin" is not a time zone such as Europe/Berlin.`],
    [{ timezone: "+02:00" }, "is not a time zone"],
    [{ timezone: "UTC", settings: { timezone: "UTC" } }, "talaria:settings.timezone is also talaria:timezone"],
    [{ timezone: "UTC", environment: { TZ: "UTC" } }, "talaria:environment.TZ is also talaria:timezone"],
    [{ extraArgs: ["--replace"] }, `"--replace" is not the stack's to give: one gateway runs in a container`],
    [{ extraArgs: ["--profile=x"] }, "the home is Talaria's"],
    [{ extraArgs: ["stop"] }, `"stop" is no option`],
  ])("is refused for %o", (changes, says) => {
    expect(message(changes)).toContain(says);
  });
});
