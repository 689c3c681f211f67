/** What operators do goes into the audit, beside the agent's commands: who, what, and what came of it. */
import type { Context } from "hono";
import { reasonOf } from "../errors.ts";
import { actRow } from "../exec/audit.ts";
import { poolOf } from "../exec/poolCall.ts";
import { requestLog } from "../requestLog.ts";
import type { App } from "../routes/context.ts";
import { auditName, type Caller } from "./caller.ts";
import { mayAct } from "./origin.ts";

/** Characters of an act that are kept. */
const longestShown = 200;
/** Keys and sizes of a terminal, whose begin is an act of its own. */
const parts = /\/(input|window)$/;
/** Asked every two seconds during `pulumi up`. */
const polled = "/api/converge";

/** Writes an act down once it is answered. One that cannot be is in the Worker's log. */
export async function recordAct(c: Context<App>, caller: Caller & { kind: "operator" }, began: Date) {
  const { method, path } = c.req;
  if (!mayAct(c.req.raw) || parts.test(path)) return;
  const at = began.toISOString();
  const by = auditName(caller);
  const job = path === polled ? `${by} ${at.slice(0, 16)}` : `act-${crypto.randomUUID()}`;
  const act = c.get("act");
  const command = `${method} ${path}${act === undefined ? "" : ` ${act}`}`.slice(0, longestShown);
  const row = actRow({ at, job, command, exit: c.res.status, seconds: (Date.now() - began.getTime()) / 1_000, by });
  try {
    await poolOf(c.env).record(row);
  } catch (error) {
    const facts = { act: row.command, by: row.by, reason: reasonOf(error) };
    requestLog(c)("error", "an operator's act is not in the audit", facts);
  }
}
