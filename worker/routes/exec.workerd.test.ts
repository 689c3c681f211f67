/** What the operator sees of the agent's commands, through the front door. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../app.ts";
import type { Env } from "../env.ts";
import { answerInside } from "../inside/inside.ts";
import { ExecWorld } from "../testing/fakeExecBox.ts";
import { exec } from "../testing/testWorker.ts";

const secret = (current: string) => JSON.stringify({ current });
const tokens = { ADMIN_TOKEN: secret("admin-token-0123456789"), CLIENT_TOKEN: secret("client-token-0123456789") };
const bindings = { ...(env as Env), ...tokens };
const admin = "admin-token-0123456789";

async function ask(path: string, init: RequestInit = {}, token = admin): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await app.fetch(new Request(`https://bot.example/api${path}`, { ...init, headers }), bindings);
  return { status: answer.status, text: await answer.text() };
}
const json = async (path: string) => JSON.parse((await ask(path)).text);

/** The agent runs a command in a session. */
async function agentRuns(session: string, job: string, command: string): Promise<void> {
  const body = JSON.stringify({ kind: "terminal", command: btoa(command), timeoutSeconds: 9 });
  for (const [method, content] of [["PUT", body], ["GET"]] as const) {
    const request = new Request(`http://talaria.internal/exec/sessions/${session}/jobs/${job}`, {
      method,
      ...(content && { body: content }),
    });
    const answer = await answerInside(request, bindings, { className: "AgentBox", containerId: "box" });
    await answer.arrayBuffer();
  }
}

beforeEach(() => {
  exec.world = new ExecWorld();
  exec.policy = { spare: 0 };
});

describe("the operator's doors to Exec", () => {
  it("are shut to a client's token, and to none", async () => {
    for (const path of [
      "/audit",
      "/exec/sessions",
      "/exec/sessions/a/list",
      "/exec/sessions/a/file",
      "/exec/sessions/a/jobs/j",
    ]) {
      expect((await ask(path, {}, "client-token-0123456789")).status).toBe(403);
      expect((await ask(path, {}, "wrong-token-0123456789")).status).toBe(401);
    }
  });

  it("show the audit from a cursor on, by session, and wait for what comes", async () => {
    await agentRuns("audited", "first", "say one");
    const page = await json("/audit?session=audited");
    expect(page.rows).toMatchObject([
      { session: "audited", job: "first", command: "say one", exit: 0, endedBy: "exit" },
    ]);
    const waiting = json(`/audit?session=audited&since=${page.next}&wait=20`);
    await agentRuns("audited", "second", "exit 4");
    expect((await waiting).rows).toMatchObject([{ job: "second", exit: 4 }]);
    expect((await json("/audit?session=another")).rows).toEqual([]);
    expect((await ask("/audit?limit=0")).status).toBe(400);
  });

  it("list sessions with their sandboxes, and count them in the status", async () => {
    await agentRuns("listed", "a", "say x");
    const { sessions } = await json("/exec/sessions");
    expect(sessions).toContainEqual(
      expect.objectContaining({ session: "listed", commands: 1, boxes: [expect.any(String)] }),
    );
    expect((await json("/status")).exec).toMatchObject({ isolation: "session", boxes: expect.any(Number) });
  });

  it("read and write a session's files, and know no session that there is not", async () => {
    await agentRuns("filed", "a", "put note hello");
    expect(await ask("/exec/sessions/filed/file?path=note")).toEqual({ status: 200, text: "hello" });
    expect(await ask("/exec/sessions/filed/file?path=note", { method: "HEAD" })).toEqual({ status: 200, text: "" });
    expect((await ask("/exec/sessions/filed/file?path=other", { method: "PUT", body: "mine" })).status).toBe(200);
    expect((await ask("/exec/sessions/filed/file?path=other")).text).toBe("mine");
    const absent = await ask("/exec/sessions/filed/file?path=absent");
    expect([absent.status, JSON.parse(absent.text).error.code]).toEqual([404, "execFileAbsent"]);
    expect(JSON.parse((await ask("/exec/sessions/nobody/file?path=x")).text).error.code).toBe("execSessionUnknown");
  });

  it("open a terminal that the audit shows, and nobody reaches the agent's own jobs by its doors", async () => {
    await agentRuns("shown", "a", "say x");
    const body = JSON.stringify({ tty: { rows: 24, cols: 80 } });
    expect((await ask("/exec/sessions/shown/jobs/t", { method: "PUT", body })).status).toBe(200);
    expect((await ask("/exec/sessions/shown/jobs/t/input?offset=0", { method: "POST", body: "ls" })).status).toBe(200);
    expect((await ask("/exec/sessions/shown/jobs/a/input?offset=0", { method: "POST", body: "ls" })).status).toBe(404);
    expect((await ask("/exec/sessions/shown/jobs/t")).status).toBe(200);
    expect((await json("/audit?session=shown")).rows.map(({ kind }: { kind: string }) => kind)).toContain("operator");
  });
});
