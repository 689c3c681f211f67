import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { aRun, aSnapshot } from "./testing/aMemory.ts";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, type Route, startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const top = path.dirname(import.meta.dirname);
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const was = "registry/hermes@sha256:aaaa";
const is = "registry/hermes@sha256:bbbb";
const tags = { "upgrade-from": was, "upgrade-to": is };
const latest = aSnapshot("1a2b3c4d");
const paired = aSnapshot("77770000", { reason: "upgrade", tags });
const older = aSnapshot("66660000", {
  reason: "upgrade",
  tags: { ...tags, "upgrade-to": "registry/hermes@sha256:cccc" },
});
const done = { outcome: "done", before: latest, after: paired, unsaved: null, problem: null };

/** A bot that was upgraded; `current` is its memory once the state was put back. */
async function upgraded({ result = done as object, current = paired.id, more = {} as Record<string, Route> } = {}) {
  let memory = latest.id;
  const bot = await startFakeBot({
    "GET /api/status": () => aStatus({ images: { hermes: { declared: is, running: is } } }),
    "GET /api/snapshots": () => ({ current: memory, snapshots: [latest, older, paired] }),
    "POST /api/rollback": () => {
      memory = current;
      return { run: "rollback-1" };
    },
    "POST /api/restore": () => ({ run: "rollback-1" }),
    "GET /api/runs/rollback-1": () => aRun("rollback", result),
    "POST /api/wake": () => ({ state: "ready", ms: 5 }),
    ...more,
  });
  cleanups.push(() => bot.close());
  return bot;
}

/** A copy of the checkout whose Pulumi writes down what it is told, and fails at the words that are given. */
async function aCheckout(bot: FakeBot, { failsAt = "-", configured = null as string | null } = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-rollback-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  for (const name of ["talaria", "cli", "package.json"])
    await cp(path.join(top, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(top, "node_modules"), path.join(folder, "node_modules"));
  await mkdir(path.join(folder, "local", "toolchain"), { recursive: true });
  const outputs = { url: bot.url, adminToken: tokens.admin, clientToken: tokens.client };
  const record = path.join(folder, "pulumi.txt");
  const pulumi = `
    import { appendFileSync } from "node:fs";
    const words = process.argv.slice(2).join(" ");
    appendFileSync(${JSON.stringify(record)}, words + "\\n");
    const configured = ${JSON.stringify(configured)};
    if (words.startsWith(${JSON.stringify(failsAt)})) { console.error("error: it broke"); process.exitCode = 1; }
    else if (words.startsWith("stack output")) console.log(${JSON.stringify(JSON.stringify(outputs))});
    else if (words.startsWith("config get")) { if (configured) console.log(configured); else process.exitCode = 1; }`;
  await writeFile(path.join(folder, "local", "toolchain", "pulumi.ts"), pulumi);
  const rollback = (...words: string[]) =>
    talaria(["rollback", "--stack", "dev", ...words], { program: path.join(folder, "talaria"), cwd: folder });
  const told = async () => (await readFile(record, "utf8")).trim().split("\n").slice(1); // the first reads the outputs
  return { rollback, told };
}

const posted = (bot: FakeBot) => bot.seen.filter(({ method }) => method === "POST").map((one) => one.path);
const setTo = (image: string) => `config set --path talaria:images.hermes ${image} --stack dev`;

describe("talaria rollback", () => {
  it("puts the state of the pair back, then its image, then wakes the bot, and says how to go forward", async () => {
    const bot = await upgraded();
    const { rollback, told } = await aCheckout(bot, { configured: is });
    const { code, stdout } = await rollback("--yes");
    expect(code).toBe(0);
    expect(posted(bot)).toEqual(["/api/rollback", "/api/wake"]);
    expect(JSON.parse(bot.seen.find(({ method }) => method === "POST")?.body ?? "")).toEqual({
      id: paired.id,
      force: false,
    });
    expect((await told()).slice(1)).toEqual([setTo(was), "up --yes --skip-preview --stack dev"]);
    expect(stdout).toContain(
      `Forward again:\n  npm run pulumi -- ${setTo(is)}\n  npm run pulumi -- up --stack dev\n  ./talaria restore 1a2b3c4d`,
    );
  });

  it("goes forward to the image that the stack builds by naming none", async () => {
    const { rollback } = await aCheckout(await upgraded());
    const { forward } = JSON.parse((await rollback("--yes", "--json")).stdout);
    expect(forward[0]).toBe("npm run pulumi -- config rm --path talaria:images.hermes --stack dev");
  });

  it("does nothing without a yes where nobody can be asked, and where no upgrade led to the declared image", async () => {
    const bot = await upgraded();
    const { rollback, told } = await aCheckout(bot);
    expect(JSON.parse((await rollback("--json")).stderr).error.code).toBe("sayYesToRollback");
    const none = await upgraded({
      more: { "GET /api/snapshots": () => ({ current: latest.id, snapshots: [latest, older] }) },
    });
    const checkout = await aCheckout(none);
    expect(JSON.parse((await checkout.rollback("--yes", "--json")).stderr).error.code).toBe("noUpgrade");
    expect([posted(bot), posted(none), (await told()).length]).toEqual([[], [], 0]);
  });

  it("takes the last snapshot of the image before, when the bot slept through the upgrade, and never goes forward", async () => {
    const by = (begins: string, image: string) => aSnapshot(begins, { versions: { hermes: "0.21.5", image } });
    const [third, second, first] = [by("33333333", is), by("22222222", was), by("11111111", is)];
    const books = (snapshots: object[]) => ({ "GET /api/snapshots": () => ({ current: second?.id, snapshots }) });
    const slept = await upgraded({ more: books([third, second]) });
    const { rollback, told } = await aCheckout(slept);
    expect((await rollback("--yes")).code).toBe(0);
    expect(JSON.parse(slept.seen.find(({ method }) => method === "POST")?.body ?? "")).toMatchObject({ id: second.id });
    expect(await told()).toContain(setTo(was));
    const back = await aCheckout(await upgraded({ more: books([third, second, first]) }));
    expect(JSON.parse((await back.rollback("--yes", "--json")).stderr).error.code).toBe("noUpgrade");
  });

  it("changes no image where the state does not go back", async () => {
    const bot = await upgraded({ result: { ...done, outcome: "failed", problem: "disk_full" } });
    const { rollback, told } = await aCheckout(bot);
    expect((await rollback("--yes")).stderr).toContain("Nothing went back, neither image nor state: disk_full");
    expect((await told()).join()).not.toContain("config set");
  });

  it.each([
    ["config set", ["could not be set: it broke", setTo(was), "up --stack dev", "wake", "restore 1a2b3c4d"]],
    ["up", ["could not be deployed: it broke", "up --stack dev", "wake", "config rm", "restore 1a2b3c4d"]],
  ])(
    "says what to type to go on and to go back when `%s` fails, and leaves the bot stopped",
    async (failsAt, words) => {
      const bot = await upgraded();
      const { rollback } = await aCheckout(bot, { failsAt });
      const { code, stderr } = await rollback("--yes");
      expect([code, posted(bot)]).toEqual([1, ["/api/rollback"]]);
      let at = 0;
      for (const word of words) {
        at = stderr.indexOf(word, at);
        expect([word, at >= 0]).toEqual([word, true]);
      }
    },
  );

  it("puts the state back once more when a chat woke the bot before the old image was there", async () => {
    const bot = await upgraded({ current: latest.id });
    const { rollback } = await aCheckout(bot);
    expect((await rollback("--yes")).code).toBe(0);
    expect(posted(bot)).toEqual(["/api/rollback", "/api/restore"]);
  });
});
