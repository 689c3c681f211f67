/** A Worker for tests inside workerd: a stand-in for the Agent (its box needs a container) and a home for the journal. */
import { DurableObject } from "cloudflare:workers";
import { type Outcome, settle } from "../agent/call.ts";
import type { ImportOrdered } from "../agent/importing.ts";
import { Journal, type LogPage, type LogsQuery } from "../agent/journal.ts";
import type { ExecPolicy } from "../bindings.ts";
import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { BotError } from "../errors.ts";
import { ExecPool } from "../exec/pool.ts";
import { ExecSession } from "../exec/session.ts";
import type { LogLevel } from "../log.ts";
import type { ImportBegun } from "../snapshots/importOrder.ts";
import { ExecWorld } from "./fakeExecBox.ts";

export class TestAgent extends DurableObject {
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/stream") return new Response("data: 1\n\ndata: [DONE]\n\n");
    const bytes = await request.arrayBuffer().then(
      (body) => body.byteLength,
      (error: Error) => error.message,
    );
    return Response.json({ pathname, bytes, requestId: request.headers.get("x-request-id") });
  }

  async status() {
    return { state: "absent" };
  }

  async wake(): Promise<Outcome<never>> {
    return settle(async () => {
      throw new BotError("startFailed", { reason: "no image", retryAfter: 8 });
    });
  }

  async import({ mode, force }: ImportOrdered): Promise<Outcome<ImportBegun>> {
    return settle(async () => {
      if (mode === undefined) throw new BotError("importMode");
      return { run: `import-${force ? "f0" : "00"}`, before: "a", onto: mode === "merge" ? "a" : null };
    });
  }

  async fill(lines: string[]): Promise<void> {
    this.journal().add("gateway", "info", lines, new Date(0));
  }

  async fillWith(source: "gateway" | "worker", level: LogLevel, lines: string[]): Promise<void> {
    this.journal().add(source, level, lines, new Date(0));
  }

  async read(query: LogsQuery): Promise<LogPage> {
    return this.journal().read(query);
  }

  private journal(): Journal {
    return new Journal(this.ctx.storage.sql, (text) => text.replaceAll("hunter2", "[secret]"));
  }
}

/** The containers that the two objects below use, and the policy that they go by. A test sets it anew. */
export const exec: { world: ExecWorld; policy: Partial<ExecPolicy>; made: string } = {
  world: new ExecWorld(),
  policy: {},
  made: "of this test",
};

const execMeans = () => ({
  box: (name: string) => exec.world.box(name),
  policy: { ...declaration.exec, ...exec.policy },
  made: exec.made,
});

export class TestExecSession extends ExecSession {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, execMeans());
  }
}

export class TestExecPool extends ExecPool {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, execMeans());
  }
}

export default {};
