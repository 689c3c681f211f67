import { Buffer } from "node:buffer";
import { beforeEach, describe, expect, it } from "vitest";
import type { AuditRow } from "../exec/audit.ts";
import type { Box } from "../sandbox/box.ts";
import { ExecWorld } from "../testing/fakeExecBox.ts";
import { aBot } from "./aBot.ts";
import { commandOf, shownOrder } from "./boxOrder.ts";
import { besideTheGateway, Hands } from "./hands.ts";

const all = { offset: 0, wait: 0, limit: 1_000 };
const shell = { tty: { rows: 24, cols: 80 } };
const me = "access:me@example.com";

/** A bot with a supervisor of commands in its container, which goes with it. */
function aBotWithHands(bot = aBot(), world = new ExecWorld(), rows: (AuditRow & { by: string })[] = []) {
  const exec = world.box("hermes");
  const box: Box = {
    isRunning: () => bot.box.isRunning(),
    run: (command, options) =>
      command === besideTheGateway.startCommand ? exec.run(command, options) : bot.box.run(command),
    start: (...given) => bot.box.start(...given),
    process: (id) => bot.box.process(id),
    output: () => bot.box.output(),
    kill: () => bot.box.kill(),
    fetch: (port, request) =>
      port === besideTheGateway.port ? exec.fetch(port, request) : bot.box.fetch(port, request),
    destroy: () => bot.box.destroy(),
  };
  const background: Promise<unknown>[] = [];
  const hands = new Hands({
    box,
    ledger: bot.ledger,
    storage: bot.storage,
    settled: () => bot.rest.settled(),
    isReady: () => bot.starter.isReady(),
    bringUp: () => bot.wake(),
    deadlineSeconds: 3600,
    record: async (row) => void rows.push(row),
    mask: (text) => text.replaceAll("hunter2", "[secret]"),
    inBackground: (_what, work) => void background.push(work()),
    log: () => {},
    now: () => bot.clock.now,
  });
  const job = (id: string) => world.containers.get("hermes")?.jobs.get(id) ?? never();
  const settle = async () => void (await Promise.all(background.splice(0)));
  const read = async (id: string) => {
    const answer = await hands.read(id, all);
    const { headers } = answer;
    const end = { exit: headers.get("x-job-exit"), by: headers.get("x-job-ended-by") };
    return { text: await answer.text(), state: headers.get("x-job-state"), ...end };
  };
  return { bot, world, hands, rows, job, settle, read };
}

let given: ReturnType<typeof aBotWithHands>;
beforeEach(() => {
  given = aBotWithHands();
});

describe("what an operator runs in the agent's container", () => {
  it("wakes a bot that sleeps, and starts once however often it is sent", async () => {
    const { bot, hands, world } = given;
    expect(await hands.start("j1", shell, me)).toMatchObject({ state: "running" });
    await hands.start("j1", shell, me);
    expect(bot.ledger.current.state).toBe("ready");
    expect(world.asked.filter((what) => what.startsWith("hermes PUT"))).toEqual(["hermes PUT /jobs/j1"]);
  });

  it("is refused while the bot is stopped on purpose, and starts nothing", async () => {
    const { bot, hands } = given;
    await bot.wake();
    await bot.rest.stop("stopped", "an operator's stop");
    await expect(hands.start("j1", shell, me)).rejects.toMatchObject({ code: "stoppedOnPurpose", status: 409 });
    expect(bot.box.running).toBe(false);
  });

  it("gives output and end, and puts one row into the audit that says who, without secrets", async () => {
    const { hands, rows, job, settle, read } = given;
    await hands.start("j1", { argv: ["config", "set", "x", "hunter2"] }, me);
    Object.assign(job("j1"), { output: "done\n", exit: 3 });
    expect(await read("j1")).toEqual({ text: "done\n", state: "done", exit: "3", by: "exit" });
    await read("j1");
    await hands.tend();
    await settle();
    expect(rows).toEqual([
      expect.objectContaining({
        job: "j1",
        kind: "operator",
        command: "hermes config set x [secret]",
        exit: 3,
        by: me,
      }),
    ]);
  });

  it("is found again, with its output, by an object that was reset", async () => {
    await given.hands.start("j1", shell, me);
    Object.assign(given.job("j1"), { output: "still here", exit: undefined });
    const other = aBotWithHands(given.bot, given.world);
    expect(await other.read("j1")).toMatchObject({ text: "still here", state: "running", exit: null });
  });

  it("ends with its container, which is said, and nothing of it runs again in the next one", async () => {
    const { bot, hands, world, rows, job, settle, read } = given;
    await hands.start("j1", shell, me);
    Object.assign(job("j1"), { exit: undefined });
    await bot.rest.stop("asleep", "idle");
    world.crash("hermes");
    expect(await read("j1")).toMatchObject({ state: "done", exit: "137", by: "lost" });
    await bot.wake();
    expect(await hands.start("j1", shell, me)).toMatchObject({ state: "done" });
    await settle();
    expect([rows.length, world.running()]).toEqual([1, []]);
  });

  it("counts as use of the bot while somebody reads, and is audited where nobody does", async () => {
    const { bot, hands, rows, job, settle, read } = given;
    await hands.start("j1", shell, me);
    Object.assign(job("j1"), { exit: undefined });
    bot.clock.now += 600_000;
    const reading = read("j1");
    expect(hands.watched).toBe(1);
    await reading;
    expect([hands.watched, bot.ledger.current.lastActivityAt]).toEqual([0, bot.clock.now]);
    Object.assign(job("j1"), { exit: 0 });
    await hands.tend();
    await settle();
    expect(rows).toHaveLength(1);
    bot.clock.now += 2 * 86_400_000;
    await hands.tend();
    await expect(hands.read("j1", all)).rejects.toMatchObject({ code: "boxJobUnknown" });
  });

  it("takes a slow container for a slow one, not for a lost one", async () => {
    const { hands, world, job, read } = given;
    await hands.start("j1", shell, me);
    Object.assign(job("j1"), { exit: undefined });
    world.fails = (what) => what.includes("GET /jobs");
    expect(await read("j1")).toMatchObject({ state: "running", exit: null });
    world.fails = () => false;
    Object.assign(job("j1"), { exit: 0 });
    expect(await read("j1")).toMatchObject({ exit: "0" });
  });
});

describe("a command of an operator", () => {
  it("gives hermes its arguments word by word, whatever is in them", () => {
    const words = ["config", "set", "a b", "it's", "$(id)", ""];
    const text = Buffer.from(commandOf({ argv: words }), "base64").toString();
    expect(text).toBe(`cd; exec "$TALARIA_HERMES" 'config' 'set' 'a b' 'it'\\''s' '$(id)' ''`);
    expect(shownOrder({ argv: words })).toBe("hermes config set 'a b' 'it'\\''s' '$(id)' ''");
    expect(shownOrder({})).toBe("shell");
  });

  it("takes the Codex CLI of the image, not one that the agent has put into its home", () => {
    const order = { argv: ["login", "--device-auth"], program: "codex" as const };
    const text = Buffer.from(commandOf(order), "base64").toString();
    expect(text).toBe("cd; PATH=/usr/local/bin:/usr/bin:/bin exec codex 'login' '--device-auth'");
    expect(shownOrder(order)).toBe("codex login --device-auth");
  });
});

function never(): never {
  throw new Error("there is no such job");
}
