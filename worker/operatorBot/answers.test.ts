import { describe, expect, it } from "vitest";
import { blocksSchema } from "../../local/chat/slackBlocks.ts";
import type { State } from "../agent/lifecycle.ts";
import { transitions } from "../agent/lifecycle.ts";
import type { SnapshotRecord } from "../snapshots/record.ts";
import { aStatus } from "../testing/aStatus.ts";
import {
  buttonsFor,
  helpMessage,
  linesWanted,
  logMessage,
  problemMessage,
  refusedMessage,
  snapshotsMessage,
  statusMessage,
  whyMessage,
} from "./answers.ts";
import { commands, orderOf, slashOf } from "./commands.ts";
import { manifestOf } from "./manifest.ts";
import type { Message } from "./message.ts";

const states = Object.keys(transitions) as State[];
const nasty = "<!channel> <@U1> <https://evil.example|bank> @here & ``` `x` *b* <script>";
const snapshot = (changes: Partial<SnapshotRecord>): SnapshotRecord => ({
  ...{
    id: "a".repeat(64),
    at: "2026-11-22T05:00:00.000Z",
    reason: "due",
    verdict: "promoted",
    problem: null,
    tree: null,
  },
  ...{ addedBytes: null, fingerprint: null, versions: {}, parent: null, indexesUntil: null, tags: {}, promotion: 1 },
  ...changes,
});
const line = (text: string) => ({ at: "2026-11-22T05:00:00.000Z", source: "gateway", level: "error", text }) as const;

/** Every message that the bot makes, of text that somebody else wrote. */
function all(): Message[] {
  const memory = { ...aStatus().memory, alarms: [{ code: "x", message: nasty, since: "" }] };
  const lastError = { code: "startFailed", message: nasty.repeat(200), next: nasty } as const;
  const nextJob = { id: "1", name: nasty, at: "2026-11-22T07:00:00.000Z" };
  const moves = [{ at: "2026-11-22T05:00:00.000Z", from: "ready", to: "absent", cause: nasty, ms: 1 }] as const;
  const trouble = states.flatMap((state) =>
    (["running", "asleep", "stopped"] as const).map((desired) => {
      return aStatus({ state, desired, memory, lastError, nextJob, transitions: moves });
    }),
  );
  const snapshots = Array.from({ length: 12 }, (_, n) => snapshot({ id: `${n}`.padStart(64, "0"), reason: nasty }));
  return [
    ...trouble.flatMap((status) => [statusMessage(status), whyMessage(status)]),
    logMessage("bot", { lines: Array.from({ length: 100 }, () => line(nasty.repeat(20))), next: 1 }),
    logMessage("bot", { lines: [], next: 0 }),
    snapshotsMessage("bot", { current: null, snapshots }),
    snapshotsMessage("bot", { current: null, snapshots: [] }),
    helpMessage("bot", nasty),
    refusedMessage("bot", "U1", []),
    problemMessage("x", { message: nasty, next: nasty }, "bot"),
  ];
}

describe("what the operator's bot says", () => {
  it("is taken by Slack, whatever the bot's state is and however long its words are", () => {
    for (const { text, blocks } of all()) {
      expect(text).not.toBe("");
      expect(blocksSchema.safeParse(blocks).error).toBeUndefined();
    }
  });

  it("pings nobody, links nowhere and ends no code block with what somebody else wrote", () => {
    for (const { text, blocks } of all()) {
      const whole = `${text} ${JSON.stringify(blocks)}`;
      for (const part of ["<!channel>", "<@U1>", "<https", "@here", "`x`"]) expect(whole).not.toContain(part);
      for (const match of whole.matchAll(/<[!@#h]/g)) expect(whole.slice(match.index)).toMatch(/^<!date\^\d+\^/);
    }
  });

  it("has buttons that stand for what may be typed, and asks before those that cut something off", () => {
    for (const status of states.map((state) => aStatus({ state }))) {
      for (const name of buttonsFor(status)) expect(orderOf(name)).toEqual({ name, argument: "" });
    }
    const buttons = JSON.stringify(statusMessage(aStatus()).blocks.at(-1));
    for (const [, button] of buttons.matchAll(/\{"type":"button".*?"value":"restart[^"]*"(.*?)\}\}/g))
      expect(button).toContain('"confirm"');
    const { blocks } = snapshotsMessage("bot", {
      current: "b".repeat(64),
      snapshots: [snapshot({}), snapshot({ id: "b".repeat(64) })],
    });
    expect(blocks[1]).toMatchObject({
      accessory: { value: `restore ${"a".repeat(16)}`, confirm: expect.anything() },
    });
    expect(blocks[2]).not.toHaveProperty("accessory");
  });

  it("says why a bot is down, and offers to wake it", () => {
    const lastError = { code: "gaveUp", message: "no image", next: "Read the log." } as const;
    const { blocks } = whyMessage(aStatus({ state: "failed", lastError }));
    expect(JSON.stringify(blocks)).toMatch(/does not answer.*was given up.*no image.*Read the log.*"value":"wake"/);
  });

  it("shows twenty lines of the log unless another number is asked for, and never more than it can", () => {
    expect([linesWanted(""), linesWanted("5"), linesWanted("0"), linesWanted("9999"), linesWanted("x")]).toEqual([
      ...[20, 5, 1, 100, 20],
    ]);
    const { blocks } = logMessage("bot", {
      lines: [line("first"), ...Array(99).fill(line("x".repeat(99))), line("last")],
      next: 1,
    });
    expect(JSON.stringify(blocks[1])).toMatch(/…(?!.*first).*last/);
  });
});

describe("what may be typed", () => {
  it("is one of the table's commands, the longest that fits", () => {
    expect(orderOf("")).toEqual({ name: "status", argument: "" });
    expect(orderOf("Restart  Gateway")).toEqual({ name: "restart gateway", argument: "" });
    expect(orderOf("why are you down?")?.name).toBe("why");
    expect(orderOf("restore 0123abcd")).toEqual({ name: "restore", argument: "0123abcd" });
    expect(orderOf("logs 50")).toEqual({ name: "logs", argument: "50" });
    for (const words of ["reboot", "restart everything", "constructor", "__proto__", "toString"])
      expect([words, orderOf(words)]).toEqual([words, undefined]);
  });

  it("stands in the manifest, whose app may do no more than answer", () => {
    const manifest = manifestOf("talaria-dev", "https://bot.example");
    expect(manifest.oauth_config.scopes.bot).toEqual(["commands", "chat:write"]);
    expect(manifest.settings.interactivity.request_url).toBe("https://bot.example/slack/actions");
    const [command] = manifest.features.slash_commands;
    expect(command).toMatchObject({ command: "/talaria-dev", url: "https://bot.example/slack/commands" });
    for (const name of Object.keys(commands)) expect(command?.usage_hint).toContain(name);
    // Slack's limits.
    const long = manifestOf("a-very-long-name-of-a-project-and-of-a-stack-of-it", "https://bot.example");
    expect(long.display_information.name.length).toBeLessThanOrEqual(35);
    expect(slashOf("A very.long name of a project and of a stack")).toMatch(/^\/[a-z0-9_-]{1,31}$/);
    expect(command?.usage_hint.length).toBeLessThanOrEqual(1_000);
  });
});
