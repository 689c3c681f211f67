/** A Worker for tests inside workerd: a stand-in for the Agent (its box needs a container) and a home for the journal. */
import { DurableObject } from "cloudflare:workers";
import { ClientTokens } from "../agent/clientTokens.ts";
import type { ConfigReport } from "../agent/configReport.ts";
import type { ImportOrdered } from "../agent/importing.ts";
import { Journal, type LogPage, type LogsQuery } from "../agent/journal.ts";
import { type OperatorSession, OperatorSessions } from "../agent/operatorSessions.ts";
import type { SecretAge } from "../agent/secretAges.ts";
import { waitingHeader } from "../dashboard/dashboard.ts";
import { declaration } from "../declaration.ts";
import type { ExecPolicy } from "../declarationSchema.ts";
import type { Env } from "../env.ts";
import { BotError } from "../errors.ts";
import type { DeclaredWorkspace } from "../exec/declaredWorkspace.ts";
import { ExecPool } from "../exec/pool.ts";
import { ExecSession } from "../exec/session.ts";
import type { LogLevel } from "../log.ts";
import type { Asked } from "../operatorBot/asked.ts";
import { type Message, message } from "../operatorBot/message.ts";
import { SeenSignatures } from "../operatorBot/seenSignatures.ts";
import { type Outcome, settle } from "../outcome.ts";
import type { ImportBegun } from "../snapshots/importOrder.ts";
import { anAlarmsReport, aStatus } from "./aStatus.ts";
import { ExecWorld } from "./fakeExecBox.ts";

/** What the Agents' clocks are ahead by, milliseconds. */
export const clock = { aheadMs: 0 };

export class TestAgent extends DurableObject {
  private opens = false;
  private readonly now = () => Date.now() + clock.aheadMs;
  private readonly known = new ClientTokens(this.ctx.storage.sql, this.now);
  private readonly seen = new SeenSignatures(this.ctx.storage.sql, this.now);
  private readonly browsers = new OperatorSessions(this.ctx.storage.sql, this.now);

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/dashboard/")) return dashboardAnswer(request);
    if (request.headers.get("upgrade") === "websocket") return echoing();
    if (pathname === "/v1/stream") return new Response("data: 1\n\ndata: [DONE]\n\n");
    const bytes = await request.arrayBuffer().then(
      (body) => body.byteLength,
      (error: Error) => error.message,
    );
    return Response.json({ pathname, bytes, requestId: request.headers.get("x-request-id") });
  }

  async openDashboard(): Promise<void> {
    this.opens = true;
  }

  async dashboardProgress() {
    return { state: "absent", desired: "asleep", dashboard: "down", underWay: this.opens, problem: null };
  }

  async status() {
    return aStatus();
  }

  async config(): Promise<ConfigReport> {
    return { stack: "test", looked: false, applied: null, leaves: [], problem: null };
  }

  async alarms() {
    return anAlarmsReport();
  }

  async secretAges(): Promise<SecretAge[]> {
    return [
      {
        name: "adminToken",
        origin: "generated",
        since: new Date(0).toISOString(),
        overlapUntil: null,
        fingerprint: "a1b2c3",
        inGateway: false,
      },
    ];
  }

  async wake(): Promise<Outcome<never>> {
    return settle(async () => {
      throw new BotError("startFailed", { reason: "no image", retryAfter: 8 });
    });
  }

  async converge() {
    return { converged: true };
  }

  async logs(query: LogsQuery): Promise<LogPage> {
    return this.read(query);
  }

  async machine(): Promise<null> {
    return null;
  }

  async slackManifest(): Promise<Outcome<string>> {
    return { value: "{}" };
  }

  async slackFirst(signature: string, timestamp: number, request: string): Promise<boolean> {
    return this.seen.take(signature, timestamp, request);
  }

  async slackAsked(asked: Asked): Promise<Message | null> {
    return asked.by === "command" ? message([`heard ${asked.text} of ${asked.user} in ${asked.team}`]) : null;
  }

  async snapshots() {
    return { current: null, snapshots: [] };
  }

  async run(run: string): Promise<Outcome<never>> {
    return settle(async () => {
      throw new BotError("runUnknown", { run });
    });
  }

  async diff(id: string): Promise<Outcome<never>> {
    return settle(async () => {
      throw new BotError("snapshotUnknown", { id });
    });
  }

  async import({ mode, force }: ImportOrdered): Promise<Outcome<ImportBegun>> {
    return settle(async () => {
      if (mode === undefined) throw new BotError("importMode");
      return { run: `import-${force ? "f0" : "00"}`, before: "a", onto: mode === "merge" ? "a" : null };
    });
  }

  async clientToken(digest: string) {
    return this.known.find(digest);
  }

  async tokens() {
    return this.known.list();
  }

  async addToken(name: string, digest: string, lifeSeconds: number | null) {
    return settle(async () => this.known.add(name, digest, lifeSeconds));
  }

  async rotateToken(name: string, digest: string, overlapSeconds: number) {
    return settle(async () => this.known.rotate(name, digest, overlapSeconds));
  }

  async revokeToken(name: string) {
    return settle(async () => this.known.revoke(name));
  }

  async beginSession(id: string, session: OperatorSession, lifeSeconds: number) {
    this.browsers.begin(id, session, lifeSeconds);
  }

  async session(id: string) {
    return this.browsers.find(id);
  }

  async endSession(id: string) {
    this.browsers.end(id);
  }

  async endSessions() {
    return this.browsers.endAll();
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

/** A WebSocket that says again what it hears. */
function echoing(): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(`heard ${data}`));
  return new Response(null, { status: 101, webSocket: client });
}

/** What Hermes' dashboard would answer, as far as tests of the way there ask. */
function dashboardAnswer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/dashboard/asleep") {
    const asleep = new BotError("dashboardAsleep", { retryAfter: 5 }).toJson();
    asleep.headers.set(waitingHeader, "1");
    return asleep;
  }
  if (pathname === "/dashboard/socket") return echoing();
  const names = [...request.headers.keys()].filter((name) => name !== "content-length" && name !== "content-type");
  return Response.json({ url: request.url, names }, { headers: { "set-cookie": "forged=1" } });
}

/** The containers that the two objects below use, and the policy that they go by. A test sets it anew. */
export const exec: { world: ExecWorld; policy: Partial<ExecPolicy>; made: string; declared: DeclaredWorkspace } = {
  world: new ExecWorld(),
  policy: {},
  made: "of this test",
  declared: { documents: {}, folder: null },
};

const execMeans = () => ({
  box: (name: string) => exec.world.box(name),
  policy: { ...declaration.exec, ...exec.policy },
  made: exec.made,
  declared: exec.declared,
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
export { Spend } from "../spend/spend.ts";
