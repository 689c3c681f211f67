import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { aStatus } from "./testing/aStatus.ts";
import { aFakeBot, type FakeBot, failing, pathsOf, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";
import { typing } from "./testing/typing.ts";

const launcher = fileURLToPath(new URL("../talaria", import.meta.url));
const controlC = "\u0003";

/** Runs it until `enough` of its stdout has come, then ends it as Ctrl-C does. */
function until(args: readonly string[], bot: FakeBot, enough: (stdout: string) => boolean): Promise<string> {
  const env = { PATH: process.env.PATH ?? "", TALARIA_URL: bot.url, TALARIA_ADMIN_TOKEN: tokens.admin };
  const child = spawn(launcher, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => (enough(stdout) ? resolve(stdout) : reject(new Error(`ended with: ${stdout}${stderr}`))));
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (enough(stdout)) child.kill("SIGINT");
    });
  });
}

describe("talaria restart", () => {
  it("says what was replaced, and how long it took", async () => {
    const bot = await aFakeBot({
      "POST /api/restart": () => ({ state: "ready", ms: 12_300, did: "restarted", unsaved: null }),
      "POST /api/restart-gateway": () => ({ state: "ready", ms: 4100, did: "restarted" }),
    });
    expect((await talaria(["restart"], { bot })).stdout).toBe(
      "ready after 12.3 s: a new container, the memory restored\n",
    );
    expect((await talaria(["restart", "--gateway"], { bot })).stdout).toBe(
      "ready after 4.1 s: a new gateway in the same container\n",
    );
    expect(bot.seen.map(({ body }) => body)).toEqual(['{"force":false}', ""]);
  });

  it("says that a bot was down, and what is lost where it was told to go on", async () => {
    const bot = await aFakeBot({
      "POST /api/restart": (_response, { body }) =>
        body.includes("true")
          ? { state: "ready", ms: 9000, did: "restarted", unsaved: "the disk is full (disk_full)" }
          : { state: "ready", ms: 9000, did: "started", unsaved: null },
    });
    expect((await talaria(["restart"], { bot })).stdout).toContain("the bot was down, it is started");
    expect((await talaria(["restart", "--force"], { bot })).stdout).toContain("NOT SAVED: the last changes are lost");
  });

  it("passes on that the bot is stopped on purpose, with what to type", async () => {
    const error = { code: "stoppedOnPurpose", message: "The bot is stopped on purpose.", next: "./talaria wake" };
    const bot = await aFakeBot({ "POST /api/restart-gateway": failing(409, error) });
    const run = await talaria(["restart", "--gateway", "--json"], { bot });
    expect([run.code, JSON.parse(run.stderr).error]).toEqual([1, error]);
  });
});

describe("talaria slack-manifest", () => {
  it("prints JSON that can be pasted, with --json or without", async () => {
    const manifest = { display_information: { name: "Hermes" }, features: { slash_commands: [] } };
    const bot = await aFakeBot({ "GET /api/slack-manifest": () => manifest });
    for (const args of [["slack-manifest"], ["slack-manifest", "--json"]])
      expect(JSON.parse((await talaria(args, { bot })).stdout)).toEqual(manifest);
  });
});

describe("talaria logs -f", () => {
  const line = (text: string) => ({ at: "2026-11-01T12:00:00.000Z", source: "gateway", level: "warn", text });

  it("goes on where it was, also past an upload of the Worker", async () => {
    const bot = await aFakeBot({
      "GET /api/logs": (response, request, count) => {
        if (count === 1) return { lines: [line("one")], next: 7 };
        if (count === 2) return void response.destroy();
        if (count === 3) return failing(503, { message: "The Worker is away." })(response, request, count);
        return {
          lines: count === 4 ? [line("two\u001b[2J"), line("three")] : [line(`more ${count}`)],
          next: count + 5,
        };
      },
    });
    const said = await until(["logs", "-f", "--level", "warn", "--tail", "5"], bot, (text) => text.includes("more 5"));
    expect(said.split("\n").slice(0, 4)).toEqual([
      "2026-11-01 12:00:00Z gateway warn one",
      "2026-11-01 12:00:00Z gateway warn two\\u001b[2J",
      "2026-11-01 12:00:00Z gateway warn three",
      "2026-11-01 12:00:00Z gateway warn more 5",
    ]);
    const since = (n: number) => `GET /api/logs?tail=2000&since=${n}&level=warn`;
    expect(pathsOf(bot).slice(0, 5)).toEqual([
      "GET /api/logs?tail=5&level=warn",
      since(7),
      since(7),
      since(7),
      since(9),
    ]);
  });

  it("writes an object a line with --json", async () => {
    const bot = await aFakeBot({
      "GET /api/logs": (_response, _request, count) => ({ lines: [line(`line ${count}`)], next: count }),
    });
    const said = await until(["logs", "-f", "--json"], bot, (text) => text.split("\n").length > 2);
    const lines = said.trim().split("\n");
    expect(lines.slice(0, 2).map((one) => JSON.parse(one).text)).toEqual(["line 1", "line 2"]);
  });
});

describe("talaria status --watch", () => {
  it("writes a line for each change where nobody looks, and none without one", async () => {
    const states = ["ready", "ready", "stopped", "stopped", "starting"];
    const bot = await aFakeBot({
      "GET /api/status": (_response, _request, count) => aStatus({ state: states[count - 1] ?? "ready" }),
    });
    const said = await until(["status", "--watch"], bot, (text) => text.includes("starting"));
    expect(said.match(/(ready|stopped|starting) \(wanted/g)).toEqual([
      "ready (wanted",
      "stopped (wanted",
      "starting (wanted",
    ]);
  });

  it("draws the same place anew on a terminal, until Ctrl-C", async () => {
    const bot = await aFakeBot({
      "GET /api/status": (_response, _request, count) => aStatus({ activeRuns: count }),
    });
    const typed = await typing(["status", "--watch"], bot, [
      { sees: "1 active" },
      { sees: "\u001b[H" },
      { sees: "2 active", types: controlC },
    ]);
    expect(typed.said).toContain("\u001b[J");
    expect(typed.restored).toBe(true);
  });
});
