/**
 * A person's browser and Hermes' real dashboard, through the Worker. Only Hermes 0.19.0 has its pages built in; it knows no terminal
 * plugin, so that the bot here chats and runs no commands.
 */
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "./bot.ts";
import { openChromium } from "./chromium.ts";
import { eventually } from "./eventually.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { filesWith } from "./marker.ts";

/** Folder that gets a picture of each page. @default none is taken */
const pictures = process.env.SCREENSHOTS;

const opened = await openChromium();
const browser: Browser | undefined = "browser" in opened ? opened.browser : undefined;
if ("unavailable" in opened) console.log(`skipped: the dashboard in a browser (${opened.unavailable})`);

let local: LocalSystem;
let bot: Bot;
let page: Page;
/** Every address that the browser asked for, and what it complained about. */
const asked: string[] = [];
const complaints: string[] = [];
const frames = { sent: [] as string[], received: [] as string[] };

beforeAll(async () => {
  if (!browser) return;
  local = await startLocal({ hermes: "0.19.0" });
  bot = new Bot(local);
  page = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme: "dark" });
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("websocket", (socket) => {
    asked.push(socket.url());
    socket.on("framesent", ({ payload }) => frames.sent.push(String(payload)));
    socket.on("framereceived", ({ payload }) => frames.received.push(String(payload)));
  });
});
afterAll(async () => {
  await browser?.close();
  await local?.stop();
});

async function picture(name: string): Promise<void> {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
}

/** The process of Hermes' dashboard; undefined where none runs. */
const dashboardProcess = async () => (await bot.processesWith("hermes dashboard"))[0];

/** How a WebSocket of another program ends, with the browser's cookies: opened, or refused. */
async function socketFrom(origin: string): Promise<"opened" | "refused"> {
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const url = `${local.url.replace("http", "ws")}/dashboard/api/ws?token=held-inside`;
  const socket = new WebSocket(url, { headers: { cookie, origin } });
  return new Promise((resolve) => {
    socket.addEventListener("open", () => {
      socket.close();
      resolve("opened");
    });
    socket.addEventListener("error", () => resolve("refused"));
  });
}

describe.skipIf(!browser)("Hermes' dashboard in a browser", () => {
  it("is behind the log-in, then behind a wake, and then opens where the person wanted to go", async () => {
    await bot.stop();
    await page.goto(`${local.url}/dashboard/sessions`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await picture("login");
    await page.getByLabel("Admin token").fill("talaria-admin-not-this-one");
    await page.getByRole("button", { name: "Log in" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("not valid");
    await page.getByLabel("Admin token").fill(local.adminToken);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("stopped on purpose").waitFor();
    expect(await bot.status()).toMatchObject({ state: "stopped" }); // looking at it has woken nothing
    await page.getByRole("button", { name: "Start it" }).click();
    await page.locator("li[aria-current=step]", { hasText: "Hermes starts" }).waitFor();
    await picture("waking");
    await page.getByText("Gateway Status: Running").waitFor({ timeout: 120_000 });
    expect(new URL(page.url()).pathname).toBe("/dashboard/sessions");
  });

  it("shows the session that a chat has made", async () => {
    await page.getByText("History", { exact: true }).click();
    await page.getByText("Hello! Who are you?").locator("visible=true").first().waitFor();
    await picture("dashboard");
  });

  it("speaks by WebSockets, both ways: a person chats with the bot in it", async () => {
    expect(await eventually(async () => frames.sent.join().includes("session.create"))).toBe(true);
    expect(await eventually(async () => frames.received.join().includes("gateway.ready"))).toBe(true);
    await page.goto(`${local.url}/dashboard/chat`);
    const heard = (words: string) => eventually(async () => frames.received.join("").includes(words), 90);
    expect(await heard("✓ canned")).toBe(true); // the terminal in the page says which model it is ready for
    await page.locator(".xterm-helper-textarea").focus();
    await page.keyboard.type("hello from a browser", { delay: 20 });
    await page.keyboard.press("Enter");
    expect(await heard("echo:")).toBe(true);
    await picture("chat");
  });

  it("keeps Hermes' own token inside, and every secret out of the addresses", async () => {
    const pid = await dashboardProcess();
    const token = pid === undefined ? "" : ((await bot.variable(pid, "HERMES_DASHBOARD_SESSION_TOKEN")) ?? "");
    expect(token.length).toBeGreaterThan(30);
    const html = await (await local.api("/dashboard/")).text();
    expect(html).toContain('__HERMES_SESSION_TOKEN__="held-inside"');
    const seen = [html, ...asked, ...frames.received].join("\n");
    for (const secret of [token, local.adminToken]) expect(seen).not.toContain(secret);
    expect(asked.filter((url) => url.includes("token=") && !url.includes("token=held-inside"))).toEqual([]);
    expect((await filesWith(local.stateDir, token)).found).toEqual([]);
  });

  it("loads nothing from elsewhere, and is not hindered by its policy", () => {
    expect(asked.filter((url) => new URL(url).host !== new URL(local.url).host && !url.startsWith("blob:"))).toEqual(
      [],
    );
    expect(complaints.filter((text) => text.includes("Content Security Policy"))).toEqual([]);
  });

  it("refuses a WebSocket that a page of another origin opens with the person's cookie", async () => {
    expect(await socketFrom(new URL(local.url).origin)).toBe("opened");
    expect(await socketFrom("https://evil.example")).toBe("refused");
  });

  it("leaves the gateway to Talaria", async () => {
    const gateway = await bot.gateway();
    const status = await page.evaluate(async () => {
      const headers = { "X-Hermes-Session-Token": "held-inside" };
      return (await fetch("/dashboard/api/gateway/restart", { method: "POST", headers })).status;
    });
    expect(status).toBe(409);
    expect(await bot.gateway()).toBe(gateway);
  });

  it("is closed by a log-out, open WebSockets too, and ended by a stop", async () => {
    const opening = page.waitForEvent("websocket", (socket) => socket.url().includes("/api/ws"));
    await page.goto(`${local.url}/dashboard/chat`);
    const socket = await opening;
    await socket.waitForEvent("framereceived");
    expect(socket.isClosed()).toBe(false);
    const cut = socket.waitForEvent("close");
    await page.evaluate(() => fetch("/logout", { method: "POST" }));
    await cut;
    await page.goto(`${local.url}/dashboard/sessions`);
    expect(new URL(page.url()).pathname).toBe("/login");
    expect(await socketFrom(new URL(local.url).origin)).toBe("refused");
    expect(await dashboardProcess()).toBeDefined();
    await bot.stop();
    expect(await dashboardProcess()).toBeUndefined();
  });
});
