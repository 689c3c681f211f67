/** The Worker of `spendWorker.ts`, whose object that counts also says what its database is asked to do. For `bench/modelProxy.ts`. */
import { waitUntil } from "cloudflare:workers";
import { agentOf } from "../agent/call.ts";
import type { ModelEnd } from "../alarms/modelCalls.ts";
import { dayMs, dayOf } from "../days.ts";
import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { consoleLog, masker } from "../log.ts";
import { modelConfig, proxyModel } from "../model/proxy.ts";
import { modelWay } from "../model/way.ts";
import type { Chunks } from "../rejoined.ts";
import { Spend as RealSpend } from "../spend/spend.ts";
import { noTokens } from "../spend/tokens.ts";
import spendWorker from "./spendWorker.ts";

export { Agent, ExecPool } from "./spendWorker.ts";

/** Rows as Cloudflare bills them, and how often the object was called for a model request. */
export interface Rows {
  readonly read: number;
  readonly written: number;
  readonly calls: number;
}

/** Before the path of a model request that nobody counts. */
const uncounted = "/uncounted/model";
/** Days that the filled book holds: as many as it keeps. */
const days = 400;
/** Requests to one sum of a day, of those whose end is still known. */
const requestsPerSum = 5;

export class Spend extends RealSpend {
  private readonly cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  private calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    const exec = sql.exec.bind(sql);
    sql.exec = (query: string, ...values: SqlStorageValue[]) => {
      const cursor = exec(query, ...values);
      this.cursors.push(cursor);
      return cursor as never;
    };
  }

  override reserve(ask: Parameters<RealSpend["reserve"]>[0]): ReturnType<RealSpend["reserve"]> {
    this.calls++;
    return super.reserve(ask);
  }

  override settle(...told: Parameters<RealSpend["settle"]>): void {
    this.calls++;
    super.settle(...told);
  }

  /** Since this was asked last. */
  rows(): Rows {
    const counted = this.cursors.splice(0);
    const sum = (of: "rowsRead" | "rowsWritten") => counted.reduce((total, cursor) => total + cursor[of], 0);
    const found = { read: sum("rowsRead"), written: sum("rowsWritten"), calls: this.calls };
    this.calls = 0;
    return found;
  }

  /** Fills the book with so many sums, spread over the days that it keeps, and the ends that go with the last two. */
  fill(sums: number): void {
    const { sql } = this.ctx.storage;
    const aDay = Math.max(1, Math.round(sums / days));
    for (let at = 0; at < sums; at++) {
      const day = dayOf(Date.now() - Math.floor(at / aDay) * dayMs);
      sql.exec("INSERT INTO sums VALUES (?, ?, 'custom/canned', 5, 1000, 0, 10, 0, 0, 10)", day, `filled ${at % aDay}`);
    }
    for (let at = 0; at < 2 * aDay * requestsPerSum; at++) {
      const session = `filled ${at % aDay}`;
      sql.exec("INSERT INTO ended VALUES (?, ?, '', ?, 'custom/canned', 200, 0)", `f${at}`, Date.now(), session);
    }
    this.cursors.length = 0;
  }

  /** Empties it. */
  empty(): void {
    for (const table of ["sums", "ended", "leases"]) this.ctx.storage.sql.exec(`DELETE FROM ${table}`);
    this.cursors.length = 0;
  }

  /** Reserves and settles so often, one after the other, for one session. */
  async pairs(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const id = crypto.randomUUID();
      await this.reserve({ id, session: "of the bench", model: "custom/canned", worst: 1_000 });
      this.settle(id, { nanos: 10, tokens: noTokens, estimated: false });
    }
  }
}

/** The proxy as it would be if nobody counted. */
function withoutMeter(request: Request, path: string, env: Env): Promise<Response> {
  const log = consoleLog(masker([]), { object: "model" });
  const ended = (end: ModelEnd) => waitUntil(agentOf(env).modelAnswered(end));
  const run = { free: () => {}, refused: () => {}, lost: () => {}, counted: (reader: Chunks) => reader };
  const meter = { begin: async () => run };
  return proxyModel(request, path, modelConfig(env, declaration), {
    ...{ log, ended, meter, way: modelWay(env, declaration, log) },
  });
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith(uncounted)) return withoutMeter(request, pathname.slice(uncounted.length), env);
    if (!pathname.startsWith("/bench/")) return spendWorker.fetch(request, env, ctx);
    const namespace = env.SPEND as unknown as DurableObjectNamespace<Spend>;
    const spend = namespace.get(namespace.idFromName("spend"));
    const count = Number(searchParams.get("count"));
    if (pathname === "/bench/fill") await spend.fill(count);
    if (pathname === "/bench/empty") await spend.empty();
    if (pathname === "/bench/pairs") await spend.pairs(count);
    return Response.json(pathname === "/bench/rows" ? await spend.rows() : null);
  },
};
