import * as z from "zod";
import { BotError, reasonOf } from "../errors.ts";
import type { AuditRow } from "../exec/audit.ts";
import { shownCommand } from "../exec/command.ts";
import { endedAnswer, endIn, passed, stillRunning } from "../exec/jobAnswer.ts";
import { type JobEnd, lostEnd } from "../exec/jobs.ts";
import type { ReadQuery } from "../exec/requests.ts";
import { isGone, Supervisor, type SupervisorProgram } from "../exec/supervisor.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { KeyStorage } from "../storage.ts";
import { type BoxOrder, commandOf, shownOrder } from "./boxOrder.ts";
import type { Ledger } from "./record.ts";

/** The supervisor beside the gateway: as the agent's user, on a port that only the Worker is let to from outside. */
export const besideTheGateway: SupervisorProgram = {
  port: 3501,
  startCommand:
    'TALARIA_EXEC_PORT=3501 talaria-as-agent talaria-exec serve </dev/null >>"$TALARIA_RUN/hands.log" 2>&1 &',
};
/** What is shown is kept to be read from any offset: a reader who waits for a cut would wait for its end. */
const outputBytes = 268_435_456;
/** An offset past whatever a job writes: it reads as the end. */
const pastTheEnd = Number.MAX_SAFE_INTEGER;
/** A job that has ended is known for so long. */
const keptMs = 86_400_000;
const prefix = "hand:";

const handSchema = z.object({
  id: z.string(),
  /** Who started it: how that was proved, and the name. */
  by: z.string(),
  command: z.string(),
  /** The life of the container that it was started in. */
  boot: z.string(),
  /** Whether its start was answered. */
  isSent: z.boolean(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  end: z.custom<JobEnd>().nullable(),
  /** Whether the audit has its row. */
  audited: z.boolean(),
});
type Hand = z.infer<typeof handSchema>;

export interface HandsParts {
  readonly box: Box;
  readonly ledger: Ledger;
  readonly storage: KeyStorage;
  /** Resolves when no drain or stop is under way. */
  readonly settled: () => Promise<void>;
  readonly isReady: () => Promise<boolean>;
  readonly bringUp: (cause: string) => Promise<void>;
  /** Longest run, seconds. */
  readonly deadlineSeconds: number;
  readonly record: (row: AuditRow & { by: string }) => Promise<void>;
  readonly mask: (text: string) => string;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * What an operator runs in the agent's own container: `hermes` with arguments, or a shell. Jobs of the supervisor that Exec has, so that
 * they go on while this object is reset; they end with the container. Whoever reads one keeps the bot awake.
 */
export class Hands {
  private readonly parts: HandsParts;
  private readonly supervisor: Supervisor;
  private reads = 0;

  constructor(parts: HandsParts) {
    this.parts = parts;
    this.supervisor = new Supervisor("the agent's container", parts.box, besideTheGateway);
  }

  /** Operators who look at a job now. */
  get watched(): number {
    return this.reads;
  }

  /** Starts a job; one of a known id is as it is. A bot that sleeps is woken. @throws BotError `stoppedOnPurpose` */
  async start(id: string, order: BoxOrder, by: string): Promise<{ state: "running" | "done"; workspace: string }> {
    const { ledger, mask, deadlineSeconds, now } = this.parts;
    const known = this.get(id);
    if (known?.isSent) return { state: known.end === null ? "running" : "done", workspace: "" };
    await this.up();
    const boot = ledger.current.running?.bootId;
    if (boot === undefined) throw new BotError("stopping", { retryAfter: 5 });
    if (known !== undefined && known.boot !== boot) {
      this.lost(known);
      return { state: "done", workspace: "" };
    }
    const command = shownCommand(new TextEncoder().encode(shownOrder(order)), undefined, mask);
    const fresh = { startedAt: now(), endedAt: null, end: null, audited: false };
    const hand = known ?? this.put({ id, by, command, boot, isSent: false, ...fresh });
    const workspace = await this.supervisor.start();
    const { tty = null, stdin = null } = order;
    const fixed = { command: commandOf(order), cwd: null, env: {}, deadlineSeconds, outputBytes };
    await this.supervisor.startJob(id, { ...fixed, stdin: tty === null ? stdin : null, tty });
    this.put({ ...hand, isSent: true });
    this.used();
    return { state: "running", workspace };
  }

  /** Output from an offset; its end in headers, once all of it was read. @throws BotError `boxJobUnknown` */
  async read(id: string, query: ReadQuery): Promise<Response> {
    const hand = this.known(id);
    this.reads++;
    try {
      return (await this.asked(hand, query)) ?? endedAnswer(this.lost(hand), query.offset);
    } finally {
      this.reads--;
      this.used();
    }
  }

  /** Kills a job's whole tree. */
  async cancel(id: string): Promise<{ survivors: number }> {
    if (!(await this.isHere(this.known(id)))) return { survivors: 0 };
    return { survivors: await this.supervisor.cancelJob(id) };
  }

  /** Passes on what is typed, or the size of the window: `what` is `input` or `window`. */
  async pass(id: string, what: string, search: string, body: ArrayBuffer): Promise<Response> {
    const hand = this.known(id);
    if (!(await this.isHere(hand))) throw new BotError("boxJobUnknown", { job: id });
    this.used();
    const answer = await this.supervisor.ask(`/jobs/${id}/${what}${search}`, { method: "POST", body });
    if (answer.ok) return new Response(answer.body, { headers: { "content-type": "application/json" } });
    const reason = `HTTP ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
    throw answer.status === 404 ? new BotError("boxJobUnknown", { job: id }) : new BotError("badRequest", { reason });
  }

  /** Looks after jobs that nobody reads: an end that was not told yet is put into the audit. */
  async tend(): Promise<void> {
    for (const hand of this.all()) {
      if (hand.end === null) {
        const answer = await this.asked(hand, { offset: pastTheEnd, wait: 0, limit: 1 });
        if (answer === undefined) this.lost(hand);
        await answer?.body?.cancel();
      } else if (!hand.audited) this.audit(hand);
      else if (this.parts.now() - (hand.endedAt ?? 0) > keptMs) this.parts.storage.delete(prefix + hand.id);
    }
  }

  private async up(): Promise<void> {
    const { ledger, settled, isReady, bringUp } = this.parts;
    await settled();
    if (await isReady()) return;
    if (ledger.current.desired === "stopped") throw new BotError("stoppedOnPurpose");
    await bringUp("an operator's terminal");
  }

  /** Asks the container. Undefined where it is gone, and the job with it. */
  private async asked(hand: Hand, query: ReadQuery): Promise<Response | undefined> {
    if (!(await this.isHere(hand))) return undefined;
    try {
      const answer = await this.supervisor.readJob(hand.id, query);
      if (answer.ok) {
        const end = endIn(answer.headers);
        if (end !== undefined) this.ended(hand, end);
        return passed(answer);
      }
      await answer.body?.cancel();
      if (answer.status !== 404) throw new Error(`HTTP ${answer.status}`);
      return hand.isSent ? undefined : stillRunning(query.offset);
    } catch (error) {
      if (hand.isSent && (await isGone(this.supervisor, error))) return undefined;
      this.parts.log("warn", "the agent's container did not say how a command stands", { reason: reasonOf(error) });
      return stillRunning(query.offset);
    }
  }

  /** Whether the container that it was started in runs. */
  private async isHere({ boot }: Hand): Promise<boolean> {
    const { ledger, box } = this.parts;
    return ledger.current.running?.bootId === boot && (await box.isRunning());
  }

  private lost(hand: Hand): JobEnd {
    return this.ended(hand, lostEnd(hand, this.parts.now(), "\n[the container ended, and this with it]\n"));
  }

  /** How it ended, which is the first that was heard. */
  private ended({ id }: Hand, end: JobEnd): JobEnd {
    const hand = this.known(id);
    if (hand.end !== null) return hand.end;
    this.audit(this.put({ ...hand, end, endedAt: this.parts.now() }));
    return end;
  }

  private audit({ id, by, command, startedAt, end }: Hand): void {
    if (end === null) return;
    const { exit, seconds, bytes, endedBy } = end;
    const at = new Date(startedAt).toISOString();
    const place = { session: "", job: id, kind: "operator", isolation: "", box: "hermes" };
    this.parts.inBackground("an audit of what an operator ran", async () => {
      await this.parts.record({ at, ...place, command, exit, seconds, bytes, endedBy, by });
      this.put({ ...this.known(id), audited: true });
    });
  }

  private used(): void {
    this.parts.ledger.used();
  }

  private known(id: string): Hand {
    const hand = this.get(id);
    if (hand === undefined) throw new BotError("boxJobUnknown", { job: id });
    return hand;
  }

  private get(id: string): Hand | undefined {
    return handSchema.safeParse(this.parts.storage.get(prefix + id)).data;
  }

  private put(hand: Hand): Hand {
    this.parts.storage.put(prefix + hand.id, hand);
    return hand;
  }

  private all(): Hand[] {
    const found = [...this.parts.storage.list({ prefix })];
    return found.flatMap(([, value]) => handSchema.safeParse(value).data ?? []);
  }
}
