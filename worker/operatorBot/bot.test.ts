import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningSlack, startSlack } from "../../local/chat/slack.ts";
import {
  operatorApp,
  operatorUser,
  opsChannel,
  smallWorkspace,
  strangerUser,
} from "../../local/chat/slackWorkspace.ts";
import { World } from "../agent/aBot.ts";
import type { Status } from "../agent/status.ts";
import { BotError } from "../errors.ts";
import type { AuditRow } from "../exec/audit.ts";
import { type Outcome, settle } from "../outcome.ts";
import type { RunReport } from "../snapshots/runs.ts";
import { aStatus } from "../testing/aStatus.ts";
import type { Entries } from "./acts.ts";
import type { Asked } from "./asked.ts";
import { OperatorBot } from "./bot.ts";

let slack: RunningSlack;
beforeEach(async () => {
  slack = await startSlack();
});
afterEach(() => slack.close());

let requests = 0;

/** The platform's side of an Agent: its storage, and what became of the bot. It outlives a reset. */
class Platform {
  readonly storage = new World().storage;
  readonly did: string[] = [];
  readonly rows: (AuditRow & { by: string })[] = [];
  readonly logged: string[] = [];
  running: { bootId: string; processId: string | null } | null = { bootId: "boot-1", processId: "gateway-1" };
  status: Status = aStatus();
  now = Date.parse("2026-11-22T06:00:00Z");
  /** Ends of runs. */
  readonly ends = new Map<string, Partial<RunReport>>();

  /** An Agent's object, as it starts. `holds`: acts do not end, as where the object is reset in the middle of one. */
  object({ holds = false, slackApi = slack.url as string | undefined, allowed = [operatorUser.id] } = {}) {
    const background: Promise<unknown>[] = [];
    let isReset = false;
    const done = async <T>(what: string, value: T, change: () => void = () => {}): Promise<Outcome<T>> => {
      this.did.push(what);
      if (holds) await new Promise(() => {});
      return settle(async () => {
        change();
        return value;
      });
    };
    const entries: Entries = {
      status: async () => this.status,
      logs: async ({ tail }) => ({
        lines: [
          { at: "2026-11-22T05:59:00.000Z", source: "gateway", level: "error", text: `${tail} <!channel> hunter2` },
        ],
        next: 1,
      }),
      snapshots: async () => ({ current: null, snapshots: [] }),
      wake: () => done("wake", { state: "ready", ms: 8_000 }),
      restart: (force) => {
        const answer = { state: "ready", ms: 9_000, did: "restarted", unsaved: null } as const;
        return done(force ? "restart force" : "restart", answer);
      },
      restartGateway: () => done("restart gateway", { state: "ready", ms: 3_000, did: "restarted" }),
      snapshot: () => done("snapshot", { run: "snapshot-1" }),
      restore: (id) => done(`restore ${id}`, { run: "rollback-1" }),
      run: (run) =>
        settle(async () => {
          const end = this.ends.get(run);
          if (end === undefined) throw new BotError("runUnknown", { run });
          const blank = { kind: "", startedAt: "", endedAt: "", progress: null, result: null, died: null };
          return { run, ...blank, state: "ended" as const, ...end };
        }),
    };
    const bot = new OperatorBot({
      ...{ entries, slackApi, token: operatorApp.botToken, allowedUsers: allowed, bot: "talaria-test" },
      storage: this.storage,
      running: () => this.running,
      record: async (row) => void this.rows.push(row),
      goesOn: async () => {},
      inBackground: (_what, work) => void background.push(work()),
      mask: (text) => text.replaceAll("hunter2", "[secret]"),
      log: (level, text, fields) => void this.logged.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`),
      now: () => this.now,
      pause: async () => {
        if (isReset) await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    const ask = (text: string, changes: Partial<Asked> = {}): Asked => ({
      ...{ id: `request-${++requests}`, by: "command", text, user: operatorUser.id, team: "T0TALARIA" },
      ...{ channel: opsChannel.id, responseUrl: slack.responseUrl("commands") },
      ...changes,
    });
    return {
      bot,
      ask: (text: string, changes: Partial<Asked> = {}) => bot.answer(ask(text, changes)),
      asked: ask,
      ended: async () => {
        while (background.length > 0) await background.shift();
      },
      reset: () => {
        isReset = true;
      },
    };
  }
}

const said = () => slack.messages.map(({ via, text }) => `${via}: ${text}`);

describe("the operator's bot", () => {
  it("answers a look at once, and an act when it is done, with a row in the audit", async () => {
    const platform = new Platform();
    const { ask, ended } = platform.object();
    expect((await ask("status"))?.text).toContain("talaria-test is ready");
    expect(platform.did).toEqual([]);
    expect((await ask("wake"))?.text).toContain("On it");
    await ended();
    expect(said()).toEqual([
      expect.stringContaining("response_url: :white_check_mark: talaria-test is ready after 8 seconds"),
    ]);
    expect(platform.rows).toMatchObject([
      { by: `slack:${operatorUser.id}`, kind: "act", command: "/talaria-test wake (Slack team T0TALARIA)", exit: 200 },
    ]);
  });

  it("answers a button by the response URL, and tells first what it begins", async () => {
    const platform = new Platform();
    const { ask, ended } = platform.object();
    expect(await ask("restart gateway", { by: "press" })).toBeNull();
    await ended();
    expect(await ask("why", { by: "press" })).toBeNull();
    await ended();
    for (const [n, words] of ["On it", "has a new gateway", "answers"].entries())
      expect(said()[n]).toMatch(new RegExp(`^response_url: .*${words}`));
    expect(platform.did).toEqual(["restart gateway"]);
  });

  it("does nothing for others, and says who may ask and how one is let in", async () => {
    const platform = new Platform();
    const { ask, ended } = platform.object();
    const answer = await ask("restart", { user: strangerUser.id });
    expect(JSON.stringify(answer)).toMatch(new RegExp(`Only <@${operatorUser.id}> may ask.*${strangerUser.id}`));
    expect(JSON.stringify(answer)).toContain("talaria:operatorBot.allowedUsers[1]");
    expect(await ask("restart", { user: strangerUser.id, by: "press" })).toBeNull();
    await ended();
    expect([platform.did, platform.rows, slack.messages.length]).toEqual([[], [], 1]);
    expect(platform.logged[0]).toContain(strangerUser.id);
  });

  it("acts for no words that it does not know whole", async () => {
    const platform = new Platform();
    const { ask, ended } = platform.object();
    for (const text of [
      "restart gatewya",
      "restart now",
      "wake --force",
      "stop",
      "restore",
      "restore ../x",
      "<!channel>",
    ]) {
      expect(await ask(text)).not.toBeNull();
    }
    await ended();
    expect(platform.did).toEqual([]);
  });

  it("does the same request once, however often it is asked", async () => {
    const platform = new Platform();
    const { bot, asked, ended } = platform.object();
    const request = asked("restart");
    await Promise.all([bot.answer(request), bot.answer(request)]);
    await ended();
    await bot.answer(request);
    await ended();
    expect([platform.did, slack.messages.length, platform.rows.length]).toEqual([["restart"], 1, 1]);
  });

  it("masks secrets, and lets no line of a log ping anybody", async () => {
    const text = JSON.stringify(await new Platform().object().ask("logs 5"));
    expect(text).toContain("[secret]");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("<!channel>");
  });

  it("tells what did not work, and what to do", async () => {
    const platform = new Platform();
    platform.ends.set("rollback-1", { result: { outcome: "failed", problem: "it is bad" } });
    const { ask, ended } = platform.object();
    await ask("restore 0123abcd");
    await ended();
    expect(said()).toEqual([expect.stringContaining('"restore" of talaria-test did not work')]);
    expect(JSON.stringify(slack.messages[0]?.blocks)).toContain("it is bad");
    expect(platform.rows).toMatchObject([{ exit: 502 }]);
  });
});

describe("an errand", () => {
  it("survives a reset of the object in the middle of a restart, which happened: it is not done again", async () => {
    const platform = new Platform();
    await platform.object({ holds: true }).ask("restart");
    platform.running = { bootId: "boot-2", processId: "gateway-2" };
    const next = platform.object();
    next.bot.resume();
    next.bot.resume();
    await next.ended();
    expect(platform.did).toEqual(["restart", "wake"]);
    expect(said()).toEqual([expect.stringContaining("is ready again")]);
    expect([next.bot.waitedFor, platform.rows.length]).toEqual([false, 1]);
  });

  it("is begun again where the reset came before anything had happened", async () => {
    const platform = new Platform();
    await platform.object({ holds: true }).ask("restart gateway");
    const next = platform.object();
    next.bot.resume();
    await next.ended();
    expect(platform.did).toEqual(["restart gateway", "restart gateway"]);
    expect(slack.messages).toHaveLength(1);
  });

  it("follows the run that it has begun, and begins no second one", async () => {
    const platform = new Platform();
    platform.ends.set("snapshot-1", { state: "running" });
    const first = platform.object();
    await first.ask("snapshot");
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.reset();
    platform.ends.set("snapshot-1", { result: { outcome: "made", snapshot: "feedc0de".repeat(8) } });
    const next = platform.object();
    next.bot.resume();
    await next.ended();
    expect(platform.did).toEqual(["snapshot"]);
    expect(said()).toEqual([expect.stringContaining("is saved, as `feedc0de`")]);
  });

  it("is told in a message of its own where the response URL is too old, used up or refused", async () => {
    const platform = new Platform();
    const { bot, ask, asked, ended } = platform.object();
    const old = asked("wake");
    slack.expire(old.responseUrl);
    await bot.answer(old);
    await ended();
    expect(slack.messages).toMatchObject([{ via: "chat.postMessage", user: operatorUser.id }]);
    await ask("wake", { responseUrl: "https://evil.example/x" });
    await ended();
    expect(slack.messages).toHaveLength(2);
    const object = platform.object({ holds: true });
    await object.ask("wake");
    platform.now += 30 * 60_000;
    const next = platform.object();
    next.bot.resume();
    await next.ended();
    expect(slack.messages.map(({ via }) => via)).toEqual(Array(3).fill("chat.postMessage"));
  });

  it("is told to the channel where the person takes no message, without what was found", async () => {
    const { users, ...rest } = smallWorkspace;
    await slack.close();
    slack = await startSlack({ workspace: { ...rest, users: users.filter(({ id }) => id !== operatorUser.id) } });
    const platform = new Platform();
    const { ask, ended } = platform.object();
    await ask("wake", { responseUrl: "https://hooks.slack.example/x" });
    await ended();
    expect(slack.messages).toMatchObject([{ channel: opsChannel.id, blocks: [], text: expect.stringContaining("<@") }]);
  });

  it("is told later where Slack does not answer, and given up where it never does, which the log says", async () => {
    const platform = new Platform();
    const { ask, bot, ended } = platform.object();
    const { url } = slack;
    await slack.close();
    await ask("wake", { responseUrl: `${new URL(url).origin}/commands/T0/1/x` });
    await ended();
    expect(bot.waitedFor).toBe(true);
    for (let n = 0; n < 8; n++) {
      bot.resume();
      await ended();
    }
    expect([bot.waitedFor, platform.did]).toEqual([false, ["wake"]]);
    expect(platform.logged.at(-1)).toContain("an operator was not told");
    slack = await startSlack();
  });

  it("keeps no more than it can do, and says so", async () => {
    const { ask } = new Platform().object({ holds: true });
    for (let n = 0; n < 20; n++) await ask("wake");
    expect(JSON.stringify(await ask("wake"))).toContain("20 things are under way");
  });
});
