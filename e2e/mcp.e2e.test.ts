/** MCP servers that the stack declares, used by the real Hermes: beside it, in a session's sandbox, and by HTTP behind a login. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { startTalaria } from "../cli/testing/launcher.ts";
import { freePort } from "../local/freePort.ts";
import { checkout } from "../local/paths.ts";
import { ensureHermes } from "../local/toolchain/hermes.ts";
import { localFiles } from "../local/toolchain/localFiles.ts";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { modelRequests } from "./modelLedger.ts";

const minute = 60_000;
const program = path.join(checkout, "local", "mcp", "server.py");

let local: LocalSystem;
let bot: Bot;
let remote: ChildProcess | undefined;

beforeAll(async () => {
  const { venv } = await ensureHermes({ progress: () => {} });
  const python = path.join(venv, "bin", "python");
  const port = await freePort();
  remote = spawn(python, [program, "--http", String(port)], { stdio: "ignore" });
  local = await startLocal();
  bot = new Bot(local);
  const stdio = { command: python, args: [program] };
  await declare({
    "talaria:environment": { TEAM_NAME: "given by the stack" },
    "talaria:mcpServers": {
      here: {
        ...stdio,
        env: { GIVEN: "${TEAM_NAME}" },
        tools: { exclude: ["hid*"] },
        sampling: { maxRpm: 1, maxTokensCap: 50 },
      },
      there: { ...stdio, runIn: "exec", tools: { include: ["read_note", "where"] } },
      remote: { url: `http://127.0.0.1:${port}/mcp`, auth: "oauth", connectTimeout: 20 },
    },
  });
  mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
}, 10 * minute);
afterAll(async () => {
  remote?.kill();
  await local?.stop();
});

/** As a person edits the stack's file. */
async function declare(keys: Readonly<Record<string, unknown>>): Promise<void> {
  const file = localFiles(local.stateDir).config("local");
  const { config, ...rest } = parse(await fs.readFile(file, "utf8")) as { config: Record<string, object> };
  const model = { ...config["talaria:model"], routes: { fast: { model: "custom/canned-fast" } } };
  await fs.writeFile(file, stringify({ ...rest, config: { ...config, ...keys, "talaria:model": model } }));
}

/** What a tool says, called by the model because the message tells it to; the message itself where there is no such tool. */
async function called(tool: string, args: object, session?: string): Promise<string> {
  const { text } = await bot.chat(
    `TOOL mcp__${tool} ${JSON.stringify(args)}`,
    session === undefined ? {} : { session },
  );
  const answer = JSON.parse(text) as { choices?: { message: { content: string } }[] };
  return answer.choices?.[0]?.message.content ?? text;
}

/** What a tool of a server says, once Hermes is connected to that: it answers before it is. */
async function answered(tool: string): Promise<string> {
  for (const end = Date.now() + 2 * minute; ; await pause(1000)) {
    const text = await called(tool, {});
    if (text.includes("pid") || Date.now() > end) return text;
  }
}

describe("an MCP server of the stack", () => {
  it("runs beside the gateway, with the variables that it names and no other of the gateway's", {
    timeout: 5 * minute,
  }, async () => {
    const said = await answered("here__where");
    expect(said).toContain("given by the stack");
    expect(said).toMatch(/key\W+null/);
  });

  it("offers the model what the stack lets it", { timeout: 5 * minute }, async () => {
    expect(await called("here__hidden", {})).not.toContain("found the hidden tool");
    expect(await called("there__ask_model", { question: "x" })).not.toContain("the model said");
  });

  it("asks the model through the proxy, as often as the stack lets it", { timeout: 5 * minute }, async () => {
    expect(await called("here__ask_model", { question: "is it you?" })).toContain("the model said: echo: is it you?");
    expect(await called("here__ask_model", { question: "and again?" })).toContain("rate limit exceeded");
  });

  it("sees the workspace of the session that calls it, and of no other, where it runs in Exec", {
    timeout: 5 * minute,
  }, async () => {
    await bot.chat("RUN echo a-note-of-one > note.txt", { session: "one" });
    expect(await called("there__read_note", { path: "note.txt" }, "one")).toContain("a-note-of-one");
    expect(await called("there__read_note", { path: "note.txt" }, "two")).toContain("no note.txt here");
    expect(await called("there__where", {}, "one")).not.toContain("given by the stack");
  });

  it("is used once somebody has logged in", { timeout: 8 * minute }, async () => {
    expect(await called("remote__where", {})).not.toContain("pid");
    const env = Object.fromEntries(Object.entries(local.env).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    const login = startTalaria(["mcp", "login", "remote", "--no-open"], { env });
    await login.sees("press Enter:");
    const address = /http:\/\/127\.0\.0\.1:\d+\/authorize\S+/.exec(login.said())?.[0] ?? "";
    const back = await fetch(address, { redirect: "manual" });
    // On this machine Hermes itself listens where the browser is sent; on any other the address is pasted, or the command listens.
    login.types(`${back.headers.get("location")}\n`);
    const { code, stdout, stderr } = await login.ended;
    expect([code, stdout], stderr).toEqual([0, "remote: logged in\n"]);
    mustPass(await local.talaria(["restart", "--gateway"]));
    const said = await answered("remote__where");
    expect(said).toContain("folder");
    const listed = mustPass(await local.talaria(["mcp", "list"]));
    for (const name of ["here", "there", "remote"]) expect(listed.stdout).toContain(name);
    expect(mustPass(await local.talaria(["mcp", "logout", "remote"])).stdout).toBe("remote: logged out\n");
  });
});

describe("a route of the model", () => {
  it("is picked by the name that a request gives", { timeout: 5 * minute }, async () => {
    const body = JSON.stringify({ model: "fast", messages: [{ role: "user", content: "hello" }] });
    const answer = await local.client("/v1/chat/completions", { method: "POST", body });
    expect(await answer.text()).toContain("echo: hello");
    expect((await modelRequests(local.stateDir)).at(-1)?.model).toBe("canned-fast");
    await bot.chat("and the other");
    expect((await modelRequests(local.stateDir)).at(-1)?.model).toBe("canned");
  });
});
