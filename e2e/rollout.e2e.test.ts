/** Changes of the stack while clients go on asking: each request ends with an answer, each stream with its end or an error. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { type Asked, figures, underLoad } from "./load.ts";

const minute = 60_000;

let local: LocalSystem;
let bot: Bot;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
});
afterAll(() => local?.stop());

describe("a container that dies", () => {
  it("leaves an error at the end of a stream and in place of an answer, and is counted", async () => {
    const streamed = bot.chat("FAULT drip 30\none two three four five six seven eight", { stream: true });
    const whole = bot.chat("FAULT slow 30");
    await bot.until("at work", 30, ({ activeRuns }) => activeRuns === 2);
    await new Promise((resolve) => setTimeout(resolve, 5_000)); // the first pieces are handed on by then
    const [container = 0] = await bot.containers();
    process.kill(-container, "SIGKILL");

    const { status, text } = await streamed;
    const events = text.trimEnd().split("\n\n");
    expect([status, text]).toEqual([200, expect.stringMatching(/"content": ?"echo/)]);
    expect(JSON.parse(events.at(-1)?.replace(/^data: /, "") ?? "").error).toMatchObject({ code: "gatewayLost" });
    expect(text).not.toContain("[DONE]");
    const answer = await whole;
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([502, "gatewayLost"]);

    expect(await bot.status()).toMatchObject({ cutStreams: 1 });
    expect(mustPass(await local.talaria(["status"])).stdout).toContain("1 streams broke half-way");
    expect(await bot.log()).toContain("a client's stream was cut");
    await bot.until("back", 60, ({ state }) => state === "ready");
  });
});

/** Streams of four seconds leave no moment without a run, those of two seconds do: a change waits for one if it can. */
describe("under load, a chat a second,", () => {
  const image = (digit: string) =>
    `registry.cloudflare.com/${local.accountId}/talaria-local-hermes@sha256:${digit.repeat(64)}`;
  const set = (words: readonly string[]) => local.pulumi(["config", "set", ...words]);

  it.each([
    ["a new image", 4, () => set(["--path", "talaria:images.hermes", image("1")])],
    ["a new declaration", 2, () => set(["--path", "talaria:environment.NOTE", "under load"])],
  ])("%s cuts no request without a word", { timeout: 10 * minute }, async (what, streamSeconds, change) => {
    mustPass(await change());
    const before = (await bot.status()).cutStreams;
    const all = await underLoad(local, streamSeconds, async () => {
      mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
    });
    const { cutStreams } = await bot.status();
    process.stdout.write(`${what}: ${figures(all)}; cutStreams ${before} → ${cutStreams}\n`);
    const told = ({ ending }: Asked) => ending !== "no answer" && ending !== "ended in silence";
    expect(all.filter((one) => !told(one))).toEqual([]);
    expect(all.filter(({ ending, code }) => ending === "refused" && code === undefined)).toEqual([]);
    expect(all.some(({ ending }) => ending === "answered")).toBe(true);
  });
});
