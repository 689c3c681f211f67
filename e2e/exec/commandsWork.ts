/** What has to hold in every isolation and on both engines, told once. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Isolation } from "../../worker/declarationSchema.ts";
import { eventually } from "../eventually.ts";
import type { AgentTools } from "./agentTools.ts";

/** A wheel by hand: no index is needed. Prints its own place when its command runs. */
const wheel = `
import zipfile
name = "talaria_show-1.0"
files = {
    "talaria_show.py": "def main(): print('shown from ' + __file__)\\n",
    f"{name}.dist-info/METADATA": "Metadata-Version: 2.1\\nName: talaria-show\\nVersion: 1.0\\n",
    f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{name}.dist-info/entry_points.txt": "[console_scripts]\\ntalaria-show = talaria_show:main\\n",
}
record = "".join(f"{file},,\\n" for file in files) + f"{name}.dist-info/RECORD,,\\n"
with zipfile.ZipFile(f"{name}-py3-none-any.whl", "w") as made:
    for file, text in {**files, f"{name}.dist-info/RECORD": record}.items():
        made.writestr(file, text)
`;

/** The tests of one isolation. */
export function commandsWork(isolation: Isolation, agentOf: () => AgentTools): void {
  commandsRun(isolation, agentOf);
  toolsWork(isolation, agentOf);
}

/** Those that tell the isolations apart. */
export function commandsRun(isolation: Isolation, agentOf: () => AgentTools): void {
  it("runs a command elsewhere than beside the memory, and says how it ended", async () => {
    const agent = agentOf();
    const { output, exit_code } = await agent.run("pwd; echo err >&2; echo $HOME; env; exit 7");
    expect(exit_code).toBe(7);
    expect(output).toMatch(/^(\S*\/workspace)\nerr\n\1\/\.home\n/);
    expect(output).not.toMatch(/API_SERVER_KEY|RESTIC|HERMES_HOME|ANTHROPIC/);
    const [row] = (await agent.audit()).filter(({ command }) => command.startsWith("pwd; echo err >&2")).slice(-1);
    expect(row).toMatchObject({ kind: "terminal", isolation, exit: 7, endedBy: "exit" });
  });

  it("keeps files and exported variables from one command to the next", async () => {
    const agent = agentOf();
    await agent.run(`mkdir -p kept && export KEPT=${isolation} && echo text of ${isolation} > kept/file`);
    const { output } = await agent.run("echo $KEPT: $(cat kept/file)");
    expect(output.trim()).toBe(`${isolation}: text of ${isolation}`);
  });

  it("runs each command in a container of its own if it is told to, and else in the session's", async () => {
    const agent = agentOf();
    await agent.run("touch /tmp/talaria-of-this-container; true");
    for (const word of ["first", "second"]) await agent.run(`true ${word}`);
    const boxes = (await agent.audit()).filter(({ command }) => /^true (first|second)$/.test(command)).slice(-2);
    expect(boxes.map(({ isolation: told }) => told)).toEqual([isolation, isolation]);
    const keeper = (await agent.audit()).findLast(({ kind, isolation: told }) => kind === "tool" && told === isolation);
    if (isolation === "command") expect(boxes.map(({ box }) => box)).not.toContain(keeper?.box);
    else expect(new Set([...boxes, ...(keeper ? [keeper] : [])].map(({ box }) => box)).size).toBe(1);
  });
}

/** What an isolation could break, but should not differ in. */
function toolsWork(isolation: Isolation, agentOf: () => AgentTools): void {
  it("takes ten megabytes of output: the agent reads its beginning and its end", async () => {
    const { output, exit_code } = await agentOf().run("echo first; seq 100000000 101111110; echo last");
    expect(exit_code).toBe(0);
    expect(output.startsWith("first\n100000000\n")).toBe(true);
    expect(output.trimEnd().endsWith("101111110\nlast")).toBe(true);
    expect(output.length).toBeLessThan(120_000);
  });

  it("writes, reads, patches and finds files with Hermes' own tools", async () => {
    const agent = agentOf();
    const path = `notes-${isolation}.md`;
    const content = "one\ntwo ü€\u{1F600} 'quoted' \"too\" $HOME `x`\nthree\n";
    await agent.call("write_file", { path, content });
    expect((await agent.run(`cat ${path}`)).output.trimEnd()).toBe(content.trimEnd());
    await agent.call("patch", { path, old_string: "three", new_string: "thirty-three" });
    expect(await agent.call("read_file", { path })).toContain("thirty-three");
    expect(await agent.call("search_files", { pattern: "thirty-three", path: "." })).toContain(path);
  });

  it("runs a script whose calls go back to Hermes' tools", async () => {
    const code = [
      "from hermes_tools import terminal, write_file, read_file",
      `write_file("made-${isolation}.txt", "by a script")`,
      `print(terminal("cat made-${isolation}.txt")["output"])`,
      `print(6 * 7)`,
    ].join("\n");
    const told = await agentOf().call("execute_code", { code });
    expect(told).toContain("by a script");
    expect(told).toContain("42");
  });

  it("runs a process in the background, and tells what becomes of it", async () => {
    const agent = agentOf();
    const started = await agent.json("terminal", { command: "echo begun; sleep 4; echo over", background: true });
    const session_id = String(started.session_id);
    expect(session_id).toMatch(/\w/);
    expect(await agent.call("process_manage", { action: "poll", session_id })).toContain("running");
    const over = async () => (await agent.call("process_manage", { action: "log", session_id })).includes("over");
    expect(await eventually(over, 60)).toBe(true);
  });

  it("keeps what pip installs for the next command", async () => {
    const agent = agentOf();
    await agent.call("write_file", { path: "wheel.py", content: wheel });
    const install = "pip install --user --no-index --quiet ./talaria_show-1.0-py3-none-any.whl";
    const made = await agent.run(`python3 wheel.py && ${install}`);
    expect(made).toMatchObject({ exit_code: 0 });
    expect((await agent.run("$PYTHONUSERBASE/bin/talaria-show")).output).toContain("/workspace/.local/lib/python3");
  });

  it("ends a command at the deadline that the agent set, with all that it began", async () => {
    const agent = agentOf();
    const mark = `98${isolation.length}1.25`;
    const { exit_code, output } = await agent.run(`(setsid sleep ${mark} &); trap '' TERM; sleep ${mark}`, {
      timeout: 3,
    });
    expect(exit_code, output).toBe(124);
    const left = async () =>
      (await agent.run(`pgrep -f "sleep ${mark.replace(".", "[.]")}" || echo none`)).output.trim();
    expect(await eventually(async () => (await left()) === "none", 30)).toBe(true);
  });

  it("ends a command whose turn is cancelled", async () => {
    const agent = agentOf();
    const words = `echo going; sleep 7${isolation.length}.5`;
    const leaving = new AbortController();
    const turn = agent.begin("terminal", { command: words }, { stream: true, signal: leaving.signal });
    turn.then((response) => response.text()).catch(() => {}); // it is left in the middle
    await pause(6_000);
    leaving.abort();
    const row = async () => (await agent.audit()).find(({ command }) => command === words);
    expect(await eventually(async () => (await row()) !== undefined, 60)).toBe(true);
    expect(await row()).toMatchObject({ endedBy: "cancel", exit: 130 });
  });
}
