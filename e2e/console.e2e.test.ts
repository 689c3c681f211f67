/** The operator's console in real browsers: a phone's, a desktop's, two at once, one without a mouse. */
import fs from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Bot } from "./bot.ts";
import { openChromium } from "./chromium.ts";
import { alarm, fill } from "./consoleContent.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

/** Folder that gets pictures of the console, as `.github` has them. @default none is taken */
const pictures = process.env.SCREENSHOTS;
/** For what the bot does: it bounds a hang. */
const longest = 180_000;
const phone = { width: 360, height: 780 };
const desktop = { width: 1280, height: 860 };

const opened = await openChromium();
const browser: Browser | undefined = "browser" in opened ? opened.browser : undefined;
if ("unavailable" in opened) console.log(`skipped: the console in a browser (${opened.unavailable})`);

const axe = await fs.readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const violationsSchema = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

let local: LocalSystem;
let bot: Bot;
/** One log-in, whose pages share its cookie. */
let person: BrowserContext;
let page: Page;
/** Of every page of that person. */
const asked: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  if (!browser) return;
  local = await startLocal();
  bot = new Bot(local);
  await fill(local, bot);
  person = await browser.newContext({ viewport: desktop, colorScheme: "light" });
  person.on("page", (one) => {
    one.on("request", (request) => asked.push(request.url()));
    one.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    one.on("pageerror", (error) => complaints.push(error.message));
  });
  page = await person.newPage();
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await local?.stop();
});

const button = (name: string) => page.locator("#controls").getByRole("button", { name, exact: true });
const said = () => page.locator("#say");
/** Waits until the page tells this of what was done. */
const tells = (words: RegExp) => said().filter({ hasText: words }).waitFor({ timeout: longest });
const stateOf = (one: Page, word: string) =>
  one
    .locator("#state")
    .filter({ hasText: new RegExp(`^\\s*${word}`) })
    .waitFor({ timeout: longest });

/** What axe-core finds in a page; its own script runs beside the page's policy. */
async function violations(one: Page): Promise<string[]> {
  await one.evaluate(axe);
  const found = violationsSchema.parse(await one.evaluate("axe.run().then((found) => found.violations)"));
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

describe.skipIf(!browser)("the console in a browser", () => {
  it("is where a log-in leads, and shows the bot's state, past, log, memory, commands and keys", async () => {
    await page.goto(`${local.url}/console`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await page.getByLabel("Admin token").fill(local.adminToken);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/console");
    await stateOf(page, "Ready");
    for (const [part, words] of [
      ["#glance", "morning news"],
      ["#timeline", "an operator's wake"],
      ["#memory", "the memory"],
      ["#memory", "passed"],
      ["#audit", "wc -l beds.csv"],
      ["#keys", "home-assistant"],
      ["#declared", "custom/canned"],
      ["#logs", "live"],
    ] as const)
      await page.locator(part).getByText(words).first().waitFor({ state: "attached" });
  });

  it.each([
    ["a phone, light", phone, "light"],
    ["a phone, dark", phone, "dark"],
    ["a desktop, light", desktop, "light"],
    ["a desktop, dark", desktop, "dark"],
  ] as const)(
    "is whole on %s: no violation for axe, no scroll to the side, a dialog that can be read",
    async (_of, viewport, colorScheme) => {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.reload();
      await page.locator("#log-state", { hasText: "live" }).waitFor();
      for (const fold of await page.locator("summary").all()) await fold.click();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")).toBe(0);
      await button("Restart").click();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
    },
  );

  it.skipIf(!pictures)("is worth a picture, with an alarm in it", async () => {
    await alarm(local, bot);
    for (const [name, viewport, colorScheme] of [
      ["console-phone", { width: 390, height: 844 }, "dark"],
      ["console-desktop", { width: 1280, height: 940 }, "light"],
    ] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.goto(`${local.url}/console`);
      await page.locator("#log-state", { hasText: "live" }).waitFor();
      await page.evaluate("window.scrollTo(0, 0)");
      await page.screenshot({ path: path.join(pictures ?? "", `${name}.png`) });
    }
    await bot.chat("Thank you.", { session: "garden" });
  });

  it("loads nothing from elsewhere, has no secret in an address, and is not hindered by its policy", () => {
    expect(asked.filter((url) => new URL(url).host !== new URL(local.url).host)).toEqual([]);
    expect(asked.filter((url) => url.includes(local.adminToken))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("asks nothing while nobody sees it, and at once when somebody does", async () => {
    const seen = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event("visibilitychange"))`,
      );
    const polls = () => asked.filter((url) => url.includes("/console/live")).length;
    await page.waitForResponse("**/console/live?*");
    await seen(true);
    const before = polls();
    await page.waitForTimeout(12_000); // more than two looks of a page that is seen
    expect(polls()).toBeLessThanOrEqual(before + 1); // one may have begun
    const next = page.waitForRequest("**/console/live?*");
    await seen(false);
    await next;
  });

  it("keeps what is open, and the focus, when a part is renewed", async () => {
    const fold = page.locator('#audit details[data-key="audit"]');
    if ((await fold.getAttribute("open")) === null) await fold.locator("summary").click();
    await fold.locator("summary").focus();
    const mark = await page.locator("#audit").getAttribute("data-mark");
    await local.api("/api/tokens", { method: "POST", body: JSON.stringify({ name: "tablet" }) }); // a new row
    await page.locator(`#audit:not([data-mark="${mark}"])`).waitFor();
    expect(await fold.getAttribute("open")).not.toBeNull();
    expect(await fold.locator("summary:focus").count()).toBe(1);
  });

  it("follows the log, by level, and holds it where it is while paused", async () => {
    await page.getByLabel("Which lines").selectOption("warn");
    await page.locator("#log-state", { hasText: "live" }).waitFor();
    expect(await page.locator("#log-lines .line.info").count()).toBe(0);
    await page.getByLabel("Which lines").selectOption("info");
    await page.locator("#log-lines .line").first().waitFor({ timeout: longest });
    await page.locator("#log-pause").click();
    const lines = await page.locator("#log-lines .line").count();
    expect((await local.api("/api/restart-gateway", { method: "POST" })).status).toBe(200);
    await page.locator("#log-state", { hasText: /paused, \d+ more/ }).waitFor({ timeout: longest });
    expect(await page.locator("#log-lines .line").count()).toBe(lines);
    await page.locator("#log-pause").click();
    await page.locator("#log-lines").getByText("starting → ready").last().waitFor({ timeout: longest });
  });

  it("saves and drills at the press of a button, and says what came of it", async () => {
    await bot.chat("REMEMBER The bicycle stands in the shed.");
    await button("Snapshot").click();
    await tells(/^Saved as [0-9a-f]{8}|^Nothing has changed/);
    await button("Drill").click();
    await tells(/^The drill passed/);
  });

  it("restarts the gateway by the keyboard alone, once that is confirmed", async () => {
    const before = await bot.gateway();
    await button("Restart gateway").focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Restart its gateway?" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    expect(await dialog.isVisible()).toBe(false);
    expect(await page.locator("#act-restart-gateway:focus").count()).toBe(1);
    await page.keyboard.press("Enter");
    expect(await dialog.getByRole("button", { name: "Cancel" }).and(page.locator(":focus")).count()).toBe(1);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await tells(/^A new gateway is ready/);
    expect(await bot.gateway()).not.toBe(before);
  });

  it("stops it after a question, where a second operator sees it, who wakes it again", async () => {
    const second = await (await browser?.newContext({ viewport: phone }))?.newPage();
    if (second === undefined) throw new Error("no second browser");
    await second.goto(`${local.url}/login?next=/console`);
    await second.getByLabel("Admin token").fill(local.adminToken);
    await second.getByRole("button", { name: "Log in" }).click();
    await stateOf(second, "Ready");
    await button("Stop").click();
    await page.getByRole("dialog", { name: "Stop the bot?" }).getByRole("button", { name: "Stop" }).click();
    await tells(/^It is stopped\. Its memory is saved\./);
    await stateOf(second, "Stopped");
    expect((await bot.status()).desired).toBe("stopped");
    await button("Restart gateway").click();
    await page.getByRole("dialog").getByRole("button", { name: "Restart gateway" }).click();
    await page.locator("#problem", { hasText: "The bot is stopped on purpose" }).waitFor();
    expect(await page.locator("#problem code", { hasText: "./talaria wake" }).count()).toBe(1); // what to type next
    await second.getByRole("button", { name: "Wake" }).click();
    await second.locator("#say", { hasText: /^It is ready, after/ }).waitFor({ timeout: longest });
    await stateOf(page, "Ready");
    await second.context().close();
  });

  it("restarts it in a new container", async () => {
    await button("Restart").click();
    await page.getByRole("dialog", { name: "Restart the bot?" }).getByRole("button", { name: "Restart" }).click();
    await tells(/^It is ready in a new container, after .*Its memory is saved\./);
  });

  it("goes back to a snapshot, which is its memory then", async () => {
    const restore = page.locator("#memory [data-act=restore]").first();
    const id = (await restore.getAttribute("data-id")) ?? "";
    await restore.click();
    const dialog = page.getByRole("dialog", { name: "Restore this snapshot?" });
    await dialog.getByText(id.slice(0, 8)).waitFor();
    await dialog.getByRole("button", { name: "Restore" }).click();
    await tells(/^Restored after .*Its memory is saved\./);
    await page
      .locator("#memory li", { hasText: id.slice(0, 8) })
      .getByText("the memory")
      .waitFor();
  });

  it("left open through an upload of another Worker says so, and shows the bot again", async () => {
    await bot.configured(["set", "--path", "talaria:snapshots.intervalMinutes", "7"]);
    await page.locator("#news", { hasText: "another one since this page was opened" }).waitFor({ timeout: longest });
    await page.getByRole("link", { name: "Load it anew" }).click();
    await page.locator("#declared", { hasText: "7 min" }).waitFor();
    await stateOf(page, "Ready");
  });

  it("offers a log-in where the session has ended meanwhile", async () => {
    expect((await local.api("/api/sessions", { method: "DELETE" })).ok).toBe(true);
    await page.locator("#news", { hasText: "Your log-in is over" }).waitFor({ timeout: longest });
    await page.getByRole("link", { name: "Log in again" }).click();
    await page.getByLabel("Admin token").fill(local.adminToken);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/console");
  });

  it("shows all there is, and what to type, without a script", async () => {
    const [cookie] = await person.cookies();
    const plain = await browser?.newContext({ javaScriptEnabled: false, viewport: phone });
    if (plain === undefined || cookie === undefined) throw new Error("no browser without scripts");
    await plain.addCookies([cookie]);
    const bare = await plain.newPage();
    await bare.goto(`${local.url}/console`);
    await stateOf(bare, "Ready");
    expect(await bare.locator("#controls noscript").innerHTML()).toContain("./talaria wake");
    expect(await bare.locator("#log-lines .line").count()).toBeGreaterThan(0);
    await plain.close();
  });
});
