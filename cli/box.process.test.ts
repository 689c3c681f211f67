import { describe, expect, it } from "vitest";
import { aStatus } from "./testing/aStatus.ts";
import { aFakeBot, failing, pathsOf } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";
import { aSandbox } from "./testing/sandbox.ts";
import { typing } from "./testing/typing.ts";

const leaveKey = "\u001d";

/** A bot with the real supervisor in its container. */
async function aBot(state = "ready") {
  const sandbox = await aSandbox();
  const status = () => aStatus({ state, desired: state === "ready" ? "running" : "asleep" });
  return { sandbox, bot: await aFakeBot({ ...sandbox.boxRoutes, "GET /api/status": status }) };
}

describe("talaria hermes", () => {
  it("passes its words and what is piped in, gives the output as it is, and ends with the program's code", async () => {
    const { bot } = await aBot();
    const run = await talaria(["hermes", "--", "cat;", "echo --json -h;", "exit 3"], { bot, stdin: "from a pipe\n" });
    expect(run).toEqual({ code: 3, stdout: "from a pipe\n--json -h\n", stderr: "" });
    const start = bot.seen.find(({ method }) => method === "PUT");
    const stdin = Buffer.from("from a pipe\n").toString("base64");
    expect(JSON.parse(start?.body ?? "")).toEqual({ argv: ["cat;", "echo --json -h;", "exit 3"], stdin });
  });

  it("loses and doubles no output where connections break, as in an upload of the Worker", async () => {
    const { bot, sandbox } = await aBot();
    let asked = 0;
    sandbox.trouble = () => (["before", "after", undefined] as const)[asked++ % 3];
    const run = await talaria(["hermes", "--", "seq 1 5000; echo once >> log; cat log"], { bot });
    expect(run.stdout).toBe(`${Array.from({ length: 5000 }, (_, n) => `${n + 1}\n`).join("")}once\n`);
    expect(run.code, run.stderr).toBe(0);
  });

  it("says that it wakes a bot that sleeps, and why it cannot run in one that is stopped", async () => {
    const asleep = await aBot("stopped");
    const run = await talaria(["hermes", "--", "true"], { bot: asleep.bot });
    expect(run).toMatchObject({ code: 0, stderr: "The bot is stopped: waking it …\n" });
    const stopped = { code: "stoppedOnPurpose", message: "The bot is stopped on purpose.", next: "./talaria wake" };
    const bot = await aFakeBot({
      "GET /api/status": () => aStatus({ state: "stopped", desired: "stopped" }),
      "/api/box/*": failing(409, stopped),
    });
    const refused = await talaria(["--json", "hermes", "--", "true"], { bot });
    expect([refused.code, JSON.parse(refused.stderr).error]).toEqual([1, stopped]);
  });

  it("wants words, and has its own options before --", async () => {
    const none = await talaria(["hermes"]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("missing required argument")]);
  });

  it("has a terminal where there is one", async () => {
    const { bot } = await aBot();
    const typed = await typing(["hermes", "--", "read -p 'your name? ' name; echo hello $name; tty -s"], bot, [
      { sees: "your name?", types: "Gus\r" },
    ]);
    expect(typed, typed.said).toMatchObject({ code: 0, restored: true, said: expect.stringContaining("hello Gus") });
  });
});

describe("talaria shell", () => {
  it("is a terminal that ends with the shell's code, or with Ctrl-]", async () => {
    const { bot } = await aBot();
    const typed = await typing(["shell"], bot, [{ sees: "ready ", types: "stty size; exit 7\r" }]);
    expect(typed, typed.said).toMatchObject({ code: 7, restored: true, said: expect.stringContaining("30 90") });
    const left = await typing(["shell"], bot, [
      { sees: "ready ", types: "sleep 1000\r" },
      { sees: "sleep 1000", types: leaveKey },
    ]);
    expect(left, left.said).toMatchObject({ code: 130, restored: true });
    expect(pathsOf(bot).filter((one) => one.startsWith("DELETE"))).toHaveLength(1);
  });
});
