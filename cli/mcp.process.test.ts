import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../local/freePort.ts";
import { aStatus } from "./testing/aStatus.ts";
import { aFakeBot } from "./testing/fakeBot.ts";
import { startTalaria, talaria } from "./testing/launcher.ts";
import { aSandbox } from "./testing/sandbox.ts";

const outside = process.env.PATH;
let folder: string;
let port: number;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "talaria-mcp-"));
  port = await freePort();
  process.env.PATH = `${folder}:${outside}`;
});
afterEach(async () => {
  process.env.PATH = outside;
  await rm(folder, { recursive: true, force: true });
});

/** A bot whose `hermes mcp` says what Hermes says: an address, then it waits for what comes back from the browser. */
async function aBot(back = `http%3A%2F%2F127.0.0.1%3A${port}%2Fcallback`) {
  const program = path.join(folder, "mcp");
  const url = `https://login.example.com/authorize?response_type=code&redirect_uri=${back}&state=s1&code_challenge=${"c".repeat(300)}`;
  await writeFile(
    program,
    `#!/bin/bash
if [ "$1" = list ]; then echo "linear  https://mcp.example.com"; exit; fi
if [ "$1" = logout ]; then echo "$2: logged out"; exit; fi
printf '\\n  MCP OAuth: authorization required.\\n  Open this URL in your browser:\\n\\n    %s\\n\\n' '${url}'
printf '\\033[2m  Or paste the redirect URL here\\033[0m:\\n'
read -r line
case "$line" in
  '?code=good&state=s1'*) printf '\\033[32m  ✓ Authenticated — 2 tool(s) available\\033[0m\\n';;
  *) printf '  ✗ Authentication failed: the code was refused\\n';;
esac
`,
  );
  await chmod(program, 0o755);
  const sandbox = await aSandbox();
  return aFakeBot({ ...sandbox.boxRoutes, "GET /api/status": () => aStatus({ state: "ready", desired: "running" }) });
}
const login = ["mcp", "login", "linear", "--no-open"];

describe("talaria mcp login", () => {
  it("shows the address whole, takes the browser's way back, and types it into Hermes", async () => {
    const running = startTalaria(login, { bot: await aBot() });
    await running.sees("Waiting for the browser.");
    const address = /https:\/\/login\S+/.exec(running.said())?.[0] ?? "";
    expect(new URL(address).searchParams.get("code_challenge")).toHaveLength(300);
    expect((await fetch(`http://127.0.0.1:${port}/favicon.ico`)).status).toBe(404);
    const page = await fetch(`http://127.0.0.1:${port}/callback?code=good&state=s1`);
    expect(await page.text()).toContain("The login went to the bot");
    expect(await running.ended).toMatchObject({ code: 0, stdout: "linear: logged in\n" });
  });

  it("takes the pasted address where the browser is on another machine, and says why Hermes refuses it", async () => {
    const elsewhere = startTalaria(login, { bot: await aBot("https%3A%2F%2Fbot.example.com%2Fcallback") });
    await elsewhere.sees("paste the address");
    elsewhere.types("https://bot.example.com/callback?code=bad&state=s1\n");
    const { code, stderr } = await elsewhere.ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("Hermes is not logged in at linear: the code was refused"),
    ]);
    expect(stderr).not.toContain("code=bad");
  });

  it("ends Hermes' login where nobody finishes it", async () => {
    const bot = await aBot();
    const { code, stderr } = await talaria([...login, "--timeout", "10"], { bot });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("Nobody finished the login at linear within 10 seconds."),
    ]);
    expect(bot.seen.some(({ method }) => method === "DELETE")).toBe(true);
  });
});

describe("talaria mcp", () => {
  it("lists what Hermes has, and removes a login", async () => {
    const bot = await aBot();
    expect(await talaria(["mcp", "list"], { bot })).toMatchObject({
      code: 0,
      stdout: "linear  https://mcp.example.com\n",
    });
    const out = await talaria(["mcp", "logout", "linear"], { bot });
    expect(out).toMatchObject({
      code: 0,
      stdout: "linear: logged out\n",
      stderr: expect.stringContaining("restart --gateway"),
    });
  });
});
