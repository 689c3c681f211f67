/** What the real Hermes does with its commands in Exec, in each isolation, on the process engine. */
import fs from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "../bot.ts";
import { mustPass } from "../commands.ts";
import { eventually } from "../eventually.ts";
import { type LocalSystem, startLocal } from "../harness.ts";
import { AgentTools } from "./agentTools.ts";
import { commandsWork } from "./commandsWork.ts";

let local: LocalSystem;
let bot: Bot;
let agent: AgentTools;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
  // The process engine isolates nothing, so that Hermes asks somebody before it runs a script, and nobody is there.
  mustPass(await local.pulumi(["config", "set", "--path", "talaria:settings.approvals.unattended_mode", "approve"]));
  agent = new AgentTools(local, "shows");
});
afterAll(async () => {
  await local?.stop();
  expect([await local?.processes(), await local?.folders()]).toEqual([[], []]);
});

describe.each(["session", "command", "shared"] as const)("commands, isolation %s", (isolation) => {
  beforeAll(async () => {
    mustPass(await bot.configured(["set", "--path", "talaria:exec.isolation", isolation]));
    await bot.ready();
  });

  commandsWork(isolation, () => agent);
});

describe("a sandbox that ends without warning", () => {
  it("is replaced for the next command, which is told so once", async () => {
    await agent.run("echo before > gone");
    const box = (await agent.audit()).findLast(({ kind }) => kind !== "act")?.box ?? "";
    const leaders = await execContainers();
    expect(leaders.length, box).toBeGreaterThan(0);
    for (const pid of leaders) process.kill(pid, "SIGKILL");
    const told = await agent.run("cat gone; echo after");
    expect(told.output).toContain("The sandbox was replaced: it ended unexpectedly.");
    expect(told.output).toContain("after");
    expect((await agent.run("echo again")).output.trim()).toBe("again");
  });

  /** First processes of Exec's containers: servers that no `talaria-init` started. */
  async function execContainers(): Promise<number[]> {
    const found: number[] = [];
    for (const pid of await local.processes()) {
      const read = (part: string) => fs.readFile(`/proc/${pid}/${part}`, "utf8").catch(() => "");
      const [command, environment] = await Promise.all([read("cmdline"), read("environ")]);
      const isServer = command.includes("sandboxd") && !command.includes("talaria-init");
      if (isServer && environment.includes("-exec:")) found.push(pid);
    }
    return found;
  }
});

describe("a Worker that is uploaded while a command runs", () => {
  it("loses nothing of it, and runs it once", async () => {
    const asked = agent.run("echo began >> uploads; sleep 12; echo ended >> uploads; cat uploads");
    const began = async () => (await agentSees("uploads")).includes("began");
    expect(await eventually(began, 60)).toBe(true);
    mustPass(await bot.configured(["set", "--path", "talaria:exec.commandsPerMinute", "239"]));
    await asked.catch(() => undefined); // the client's own stream may be cut; the command is not
    const ended = async () => (await agentSees("uploads")) === "began\nended\n";
    expect(await eventually(ended, 60)).toBe(true);
    const rows = (await agent.audit()).filter(({ command }) => command.startsWith("echo began >> uploads"));
    expect(rows).toMatchObject([{ exit: 0, endedBy: "exit" }]);
  });

  async function agentSees(file: string): Promise<string> {
    const response = await local.api(`/api/exec/sessions/shared/file?path=${file}`);
    return response.ok ? response.text() : "";
  }
});
