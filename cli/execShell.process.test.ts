import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { aFakeBot, failing, pathsOf } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";
import { aSandbox } from "./testing/sandbox.ts";
import { typing } from "./testing/typing.ts";

const leaveKey = "\u001d";
const controlC = "\u0003";

describe("talaria exec shell, with something piped in", () => {
  it("runs what comes and ends with the shell's exit code", async () => {
    const bot = await aFakeBot((await aSandbox()).routes);
    const run = await talaria(["exec", "shell"], { bot, stdin: "echo is $((40 + 2))\nexit 7\n" });
    expect(run.stdout).toContain("is 42");
    expect(run.code, run.stderr).toBe(7);
  });

  it("ends the shell with its input, also where a program had taken the terminal meanwhile", async () => {
    const bot = await aFakeBot((await aSandbox()).routes);
    const run = await talaria(["exec", "shell"], { bot, stdin: "sleep 0.3\necho slept\nfalse\n" });
    expect(run.stdout).toContain("slept");
    expect(run.code, run.stderr).toBe(1);
  });

  it("loses and doubles nothing where connections break before and after requests arrive", async () => {
    const sandbox = await aSandbox();
    const bot = await aFakeBot(sandbox.routes);
    const counts = { PUT: 0, GET: 0, POST: 0 };
    sandbox.trouble = ({ method }) => {
      if (method !== "PUT" && method !== "GET" && method !== "POST") return undefined;
      return (["after", "before", undefined] as const)[counts[method]++ % 3];
    };
    const lines = Array.from({ length: 200 }, (_, index) => `echo ${index} >> log\n`).join("");
    const run = await talaria(["exec", "shell"], { bot, stdin: `${lines}exit 5\n` });
    expect(run.code, run.stderr).toBe(5);
    const log = await readFile(path.join(sandbox.workspace, "log"), "utf8");
    expect(log).toBe(Array.from({ length: 200 }, (_, index) => `${index}\n`).join(""));
    for (const asked of Object.values(counts)) expect(asked).toBeGreaterThanOrEqual(2);
  });

  it("says so where there is no such session", async () => {
    const unknown = { code: "execSessionUnknown", message: "There is no session x.", next: "List them." };
    const bot = await aFakeBot({ "/api/exec/sessions/x/*": failing(404, unknown) });
    const run = await talaria(["exec", "shell", "--session", "x", "--json"], { bot });
    expect(JSON.parse(run.stderr).error).toMatchObject(unknown);
    expect(run.code).toBe(1);
    expect(pathsOf(bot)).toHaveLength(1);
  });
});

describe("talaria exec shell, at a terminal", () => {
  it("passes keys, Ctrl-C and the window's size on, and gives the terminal back", async () => {
    const bot = await aFakeBot((await aSandbox()).routes);
    const typed = await typing(["exec", "shell"], bot, [
      { sees: "ready ", types: "stty size\r" },
      { sees: "30 90", types: "sleep 100\r" },
      { sees: "sleep 100", window: { rows: 40, cols: 120 }, types: controlC },
      { sees: "ready ", types: "until [ $(stty size | cut -c1-2) = 40 ]; do sleep 0.1; done; stty size\r" },
      { sees: "40 120", types: "exit 3\r" },
    ]);
    expect(typed, typed.said).toMatchObject({ code: 3, restored: true });
  });

  it("is left with Ctrl-], which ends what runs in it", async () => {
    const bot = await aFakeBot((await aSandbox()).routes);
    const typed = await typing(["exec", "shell"], bot, [
      { sees: "ready ", types: "trap '' INT TERM HUP; sleep 1000\r" },
      { sees: "sleep 1000", types: leaveKey },
    ]);
    expect(typed, typed.said).toMatchObject({ code: 130, restored: true });
    expect(pathsOf(bot).filter((one) => one.startsWith("DELETE"))).toHaveLength(1);
  });

  it("gives the terminal back where the bot refuses in the middle", async () => {
    const sandbox = await aSandbox();
    const gone = failing(404, { code: "execJobUnknown", message: "There is no job.", next: "Start it again." });
    let refuses = false;
    const bot = await aFakeBot({
      "/api/exec/sessions/default/*": (response, request, count) =>
        refuses
          ? gone(response, request, count)
          : sandbox.routes["/api/exec/sessions/default/*"]?.(response, request, count),
    });
    sandbox.trouble = ({ path: asked }) => {
      refuses ||= asked.includes("/input");
      return undefined;
    };
    const typed = await typing(["exec", "shell"], bot, [{ sees: "ready ", types: "echo\r" }]);
    expect(typed.said).toContain("There is no job.");
    expect(typed).toMatchObject({ code: 1, restored: true });
  });
});
