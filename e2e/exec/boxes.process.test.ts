/** The agent's commands in real containers of the process engine: the real objects, the SDK's boxes, the real supervisor. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ExecDoor, ExecStage } from "./stage.ts";

let stage: ExecStage;
let name = "";
let session: ExecDoor;
let count = 0;

beforeAll(async () => {
  stage = await ExecStage.start();
});
afterAll(() => stage?.stop());
beforeEach(() => {
  name = `s${count++}`;
  session = stage.session(name);
});

describe("a session's container", () => {
  it("runs commands one after another in one workspace, with their exit codes", async () => {
    expect(await session.run("echo one > note; echo hello; exit 3")).toMatchObject({
      exit: 3,
      endedBy: "exit",
      notices: [],
    });
    expect(await session.text("cat note; pwd")).toMatch(/^one\n\/.*workspace/);
    expect(await stage.session(`${name}b`).run("cat note")).toMatchObject({ exit: 1 });
  });

  it("takes any bytes as input, and brings large outputs whole", async () => {
    const stdin = Buffer.from(Array.from({ length: 1_024 }, (_, n) => n % 256));
    expect((await session.run("cat", { stdin: stdin.toString("base64") })).output.equals(stdin)).toBe(true);
    const { output } = await session.run("head -c 10000000 /dev/zero | tr '\\0' 'x'; echo end");
    expect([output.length, output.subarray(-5).toString()]).toEqual([10_000_004, "xend\n"]);
  });

  it("kills what a cancel and a deadline leave behind", async () => {
    await session.start("cancelled", "(setsid sleep 4711 &) ; trap '' TERM; echo up; while :; do sleep 1; done");
    await session.someOutput("cancelled");
    expect(await session.cancel("cancelled")).toEqual({ survivors: 0 });
    expect(await session.finish("cancelled")).toMatchObject({ exit: 130, endedBy: "cancel" });
    expect(await session.run("trap '' TERM; sleep 4712", { timeoutSeconds: 1 })).toMatchObject({
      exit: 124,
      endedBy: "deadline",
    });
    expect(await session.text("pgrep -f 'sleep 471[12]$' || echo none")).toBe("none\n");
  });

  it("goes on with a command through an upload of the Worker, which runs it once", async () => {
    await session.start("through", "echo begun >> runs; sleep 4; echo done; wc -l < runs");
    await stage.upload();
    expect((await session.finish("through")).output.toString()).toMatch(/^done\n\s*1\n$/);
  });

  it("is replaced where it ended, with the workspace as it was saved, and says so once", async () => {
    await session.run("mkdir -p a/b; echo kept > a/b/note; ln -s b/note a/link; chmod 750 a/b");
    const [row] = await stage.audit(name);
    await session.rest();
    await expect.poll(() => stage.copies(), { timeout: 20_000 }).toBe(1);
    await session.start("lost", "sleep 600");
    await stage.end(row?.box ?? "");
    expect(await session.finish("lost")).toMatchObject({ exit: 137, endedBy: "lost" });
    const next = await session.run("cat a/link; stat -c %a a/b");
    expect(next).toMatchObject({ exit: 0, output: Buffer.from("kept\n750\n") });
    expect(next.notices.join()).toContain("The sandbox was replaced");
    expect((await session.run("true")).notices).toEqual([]);
  });

  it("shows an operator its files and a terminal", async () => {
    await session.run("echo hello > note");
    expect(await (await stage.api(`/exec/sessions/${name}/file?path=note`)).text()).toBe("hello\n");
    expect((await stage.api(`/exec/sessions/${name}/file?path=in/mine`, { method: "PUT", body: "mine" })).status).toBe(
      200,
    );
    expect(await session.text("cat in/mine")).toBe("mine");
    expect(JSON.stringify(await (await stage.api(`/exec/sessions/${name}/list?path=in`)).json())).toContain("mine");
    expect((await stage.api(`/exec/sessions/${name}/file?path=../../etc/passwd`)).status).toBe(400);
    const shell = `/exec/sessions/${name}/jobs/shell`;
    const opened = await stage.api(shell, { method: "PUT", body: JSON.stringify({ tty: { rows: 30, cols: 90 } }) });
    expect(opened.status).toBe(200);
    await stage.api(`${shell}/input?offset=0`, { method: "POST", body: "stty size; exit 5\n" });
    let shown = "";
    for (let offset = 0, exit: string | null = null; exit === null; ) {
      const answer = await stage.api(`${shell}?offset=${offset}&wait=10`);
      shown += await answer.text();
      offset = Number(answer.headers.get("x-job-next"));
      exit = answer.headers.get("x-job-exit");
      if (exit !== null) expect(exit).toBe("5");
    }
    expect(shown).toContain("30 90");
  });
});

describe("a container for each command", () => {
  beforeAll(() => stage.upload({ isolation: "command", spare: 1 }));

  it("has the workspace, and gives back what changed, deletions too", async () => {
    await session.run("echo tool > note; echo old > gone", { kind: "tool" });
    expect(await session.text("cat note")).toBe("tool\n");
    await session.run("echo terminal > note; rm gone; echo process-lives-not & sleep 0.1");
    expect(await session.text("cat note; ls gone 2>&1", { kind: "tool" })).toMatch(/^terminal\nls: .*gone/);
    const rows = await stage.audit(name);
    const keepers = new Set(rows.filter(({ kind }) => kind === "tool").map(({ box }) => box));
    expect(keepers.size).toBe(1);
    expect(rows.filter(({ kind, box }) => kind === "terminal" && keepers.has(box))).toEqual([]);
  });

  it("leaves no container behind but the keeper and the spare", async () => {
    const boxes = () => stage.boxes();
    await session.run("echo x > x", { kind: "tool" });
    const before = await boxes();
    for (let n = 0; n < 4; n++) await session.run("true");
    await expect.poll(boxes, { timeout: 30_000 }).toMatchObject({ boxes: before.boxes, spare: 1 });
  });
});
