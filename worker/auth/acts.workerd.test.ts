import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import { Audit } from "../exec/audit.ts";
import { poolOf } from "../exec/poolCall.ts";
import { AccessIssuer } from "../testing/accessIssuer.ts";
import { adminToken, ask, declare, loggedIn, origin, secrets, stackToken } from "../testing/askTheDoor.ts";

const pool = () => poolOf(env as Env);
const acts = async () =>
  (await pool().audit({ limit: 100 }, 0)).rows.map(({ by, command, exit }) => [by, command, exit]);

beforeEach(() =>
  runInDurableObject(pool(), (_object, { storage }) => {
    storage.sql.exec("DELETE FROM audit");
  }),
);

describe("an operator's acts", () => {
  it("are in the audit with who did them, how that was proved, and what came of them", async () => {
    const issuer = await AccessIssuer.start();
    declare({ access: { issuer: issuer.issuer, audiences: ["the-bot"] } });
    const body = JSON.stringify({ mode: "replace" });
    await ask("/api/import", { method: "POST", body, token: adminToken });
    const headers = { "cf-access-jwt-assertion": await issuer.assertion() };
    await ask("/api/wake", { method: "POST", headers });
    await ask("/api/import", { method: "POST", body: "{", headers: { cookie: await loggedIn(), origin } });
    await ask("/api/nowhere", { token: adminToken, headers: { upgrade: "websocket" } });
    await ask("/api/nowhere?with=something", { method: "DELETE", token: adminToken });
    expect(await acts()).toEqual([
      ["token:adminToken", "POST /api/import", 202],
      ["access:me@example.com", "POST /api/wake", 503],
      ["session:adminToken", "POST /api/import", 400],
      ["token:adminToken", "GET /api/nowhere", 404],
      ["token:adminToken", "DELETE /api/nowhere", 404],
    ]);
    const [row] = (await pool().audit({ limit: 1 }, 0)).rows;
    expect(row).toMatchObject({ kind: "act", session: "", endedBy: "answer", bytes: 0 });
  });

  it("are not what is only looked at, what is refused, a terminal's keys, or a client's", async () => {
    await ask("/api/status", { token: adminToken });
    await ask("/api/wake", { method: "POST", token: "wrong" });
    await ask("/api/exec/sessions/a/jobs/b/input?offset=0", { method: "POST", body: "ls", token: adminToken });
    await ask("/v1/chat/completions", { method: "POST", body: "{}", token: stackToken });
    expect(await acts()).toEqual([]);
  });

  it("say of a cap what was done to it", async () => {
    const order = (body: object) => ask("/api/cap", { method: "POST", token: adminToken, body: JSON.stringify(body) });
    await order({ action: "raise", scope: "day", dollars: 2.5 });
    await order({ action: "pause" });
    await order({ action: "resume" });
    expect((await acts()).map(([, command]) => command)).toEqual([
      "POST /api/cap raise day $2.5",
      "POST /api/cap pause",
      "POST /api/cap resume",
    ]);
  });

  it("are each a row, whatever id the request brings, but the questions of `pulumi up` only once a minute", async () => {
    const headers = { "x-request-id": "the-same" };
    for (let n = 0; n < 3; n++) await ask("/api/wake", { method: "POST", token: adminToken, headers });
    expect(await acts()).toHaveLength(3);
    for (let n = 0; n < 5; n++) await ask("/api/converge", { method: "POST", token: adminToken });
    expect((await acts()).length).toBeLessThan(3 + 3);
  });

  it("are done where the audit cannot be written", async () => {
    const EXEC_POOL = { idFromName: () => "x", get: () => ({ record: () => Promise.reject(new Error("reset")) }) };
    const bindings = { ...secrets, EXEC_POOL };
    const answer = await ask("/api/import", { method: "POST", body: '{"mode":"merge"}', token: adminToken, bindings });
    expect(answer.status).toBe(202);
  });
});

describe("an audit from before acts were written down", () => {
  it("goes on, with the rows that it has", async () => {
    await runInDurableObject(pool(), (_object, { storage: { sql } }) => {
      sql.exec("DROP TABLE audit");
      sql.exec(
        "CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, session TEXT, job TEXT, kind TEXT, isolation TEXT, box TEXT, command TEXT, exit INTEGER, seconds REAL, bytes INTEGER, endedBy TEXT, UNIQUE (session, job))",
      );
      const at = new Date().toISOString();
      sql.exec("INSERT INTO audit (at, session, job, kind, command) VALUES (?, 's', 'j', 'terminal', 'ls')", at);
      const row = {
        at,
        session: "",
        job: "a",
        kind: "act",
        isolation: "",
        box: "",
        command: "POST /api/wake",
        exit: 200,
      };
      new Audit(sql, 30).add({ ...row, seconds: 1, bytes: 0, endedBy: "answer", by: "token:adminToken" }, new Date());
      const { rows } = new Audit(sql, 30).read({ limit: 10 }, new Date());
      expect(rows.map(({ command, by }) => [command, by])).toEqual([
        ["ls", null],
        ["POST /api/wake", "token:adminToken"],
      ]);
    });
  });
});
