import { BotError, type ErrorReport, reasonOf } from "../errors.ts";
import { type AuditRow, actRow } from "../exec/audit.ts";
import type { Log } from "../log.ts";
import type { KeyStorage } from "../storage.ts";
import { type ActParts, acts, type Doing, isAct } from "./acts.ts";
import {
  helpMessage,
  linesWanted,
  logMessage,
  problemMessage,
  refusedMessage,
  snapshotsMessage,
  statusMessage,
  whyMessage,
} from "./answers.ts";
import type { Asked } from "./asked.ts";
import { commands, type Order, orderOf, slashOf } from "./commands.ts";
import { type Errand, type ErrandEnd, Errands, type Trace } from "./errand.ts";
import { type Message, message } from "./message.ts";
import { escaped } from "./mrkdwn.ts";
import { late, within } from "./patience.ts";
import { postTo } from "./responseUrl.ts";
import { type TellingParts, tell } from "./telling.ts";

/** Slack waits three seconds for all of it; what takes longer is answered later. */
const answersWithinMs = 1_500;
/** More of them are not kept at once. */
const mostErrands = 20;

export interface OperatorBotParts extends ActParts, TellingParts {
  readonly bot: string;
  /** Members who may ask. */
  readonly allowedUsers: readonly string[];
  readonly storage: KeyStorage;
  /** What runs: the life of the container, and the gateway's process. */
  readonly running: () => { readonly bootId: string; readonly processId: string | null } | null;
  readonly record: (row: AuditRow & { by: string }) => Promise<void>;
  /** Wakes this object again soon, if it is reset in the middle. */
  readonly goesOn: () => Promise<void>;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  /** Hides secrets in what comes from elsewhere. */
  readonly mask: (text: string) => string;
  readonly log: Log;
}

/**
 * The operator's bot, on the Agent's side: answers what can be answered at once, and keeps an errand for the rest, which it does
 * and tells in the background. It needs no container.
 */
export class OperatorBot {
  private readonly parts: OperatorBotParts;
  private readonly errands: Errands;
  private readonly atWork = new Set<string>();

  constructor(parts: OperatorBotParts) {
    this.parts = parts;
    this.errands = new Errands(parts.storage, parts.now);
  }

  /** Whether somebody waits for something. */
  get waitedFor(): boolean {
    return this.errands.open.length > 0;
  }

  /**
   * Answers what Slack passes on; null where the answer comes later, by itself. The same request, asked again, is answered anew
   * and done once.
   */
  async answer(asked: Asked): Promise<Message | null> {
    const { allowedUsers, bot, log } = this.parts;
    if (!allowedUsers.includes(asked.user)) {
      log("warn", "somebody who may not asked the operator's bot", { user: asked.user, team: asked.team });
      return this.said(asked, refusedMessage(bot, asked.user, allowedUsers));
    }
    const order = orderOf(asked.text);
    if (order === undefined) return this.said(asked, helpMessage(bot, asked.text));
    if (isAct(order.name)) return this.keep(asked, order);
    const found = await within(
      answersWithinMs,
      this.ending(order, () => this.look(order)),
    );
    return found === late ? this.keep(asked, order) : this.said(asked, found);
  }

  /** Goes on with what an earlier object began, and with what was not told yet. */
  resume(): void {
    this.errands.sweep();
    for (const { asked } of this.errands.open) this.work(asked.id);
  }

  /** An answer to a button is shown nowhere, so it goes the way of an errand that is done. */
  private async said(asked: Asked, answer: Message): Promise<Message | null> {
    if (asked.by === "command") return answer;
    const { goesOn, log } = this.parts;
    if (this.errands.find(asked.id) !== undefined) return null;
    if (this.errands.open.length >= mostErrands) {
      log("warn", "too much is asked in Slack at once, so a button is not answered", { user: asked.user });
      return null;
    }
    this.errands.put({ ...this.fresh(asked), end: { ...endOf(answer), status: 200 } });
    await goesOn();
    this.work(asked.id);
    return null;
  }

  private async keep(asked: Asked, order: Order): Promise<Message | null> {
    const { bot, goesOn } = this.parts;
    if (this.errands.find(asked.id) === undefined) {
      if (this.errands.open.length >= mostErrands) {
        const next = "Wait until those are done, and ask again.";
        return this.said(asked, problemMessage("This", { message: `${mostErrands} things are under way.`, next }, bot));
      }
      this.errands.put(this.fresh(asked));
    }
    await goesOn();
    this.work(asked.id);
    const line = isAct(order.name) ? `On it: ${commands[order.name].does}.` : "One moment.";
    const soon = message([`:hourglass_flowing_sand: ${line} The answer comes here.`]);
    if (asked.by === "command") return soon;
    if (isAct(order.name)) this.parts.inBackground("a note to an operator", () => postTo(asked.responseUrl, soon));
    return null;
  }

  private fresh(asked: Asked): Errand {
    return { asked, keptAt: this.parts.now(), trace: null, end: null, posts: 0, toldAt: null };
  }

  /** Does and tells one errand, once at a time. */
  private work(id: string): void {
    if (this.atWork.has(id)) return;
    this.atWork.add(id);
    this.parts.inBackground("an operator's errand", () =>
      this.doAndTell(id).finally(() => {
        this.atWork.delete(id);
      }),
    );
  }

  private async doAndTell(id: string): Promise<void> {
    const errand = this.errands.find(id);
    if (errand === undefined || errand.toldAt !== null) return;
    const end = errand.end ?? (await this.done(errand));
    const told = await tell(this.errands.change(id, { end }), end, this.parts);
    const toldAt = told.outcome === "later" ? null : this.parts.now();
    this.errands.change(id, { posts: told.posts, toldAt });
    const { user } = errand.asked;
    if (told.outcome !== "told") this.parts.log("error", "an operator was not told", { user, ...told });
  }

  /** What came of it. An act is in the audit before it is told. */
  private async done(errand: Errand): Promise<ErrandEnd> {
    const { asked } = errand;
    const order = orderOf(asked.text) ?? { name: "help" as const, argument: "" };
    if (!isAct(order.name)) return this.ending(order, async () => this.look(order));
    const again = errand.trace !== null;
    const now = this.trace();
    const before = errand.trace ?? now;
    const note = (run: string) => void this.errands.change(asked.id, { trace: { ...before, run } });
    if (!again) this.errands.change(asked.id, { trace: before });
    else this.parts.log("info", "an errand goes on that an earlier object began", { order: order.name, ...before });
    const doing: Doing = { order, before, now, again, note };
    const act = acts[order.name];
    const end = await this.ending(order, async () => {
      const done = await act(this.parts, doing);
      return message([`:white_check_mark: *${escaped(this.parts.bot)}* ${done}.`], ["status"]);
    });
    await this.audit(errand, end.status);
    return end;
  }

  private async ending(order: Order, work: () => Promise<Message>): Promise<ErrandEnd> {
    try {
      return { ...endOf(await work()), status: 200 };
    } catch (error) {
      const { bot, log, mask } = this.parts;
      const known = error instanceof BotError;
      if (!known) log("error", "an operator's errand failed", { order: order.name, reason: reasonOf(error) });
      const report: ErrorReport = known
        ? error.report()
        : { code: "unexpected", message: reasonOf(error), next: "Look at ./talaria logs --source worker." };
      return {
        ...endOf(problemMessage(`"${order.name}"`, veiled(report, mask), bot)),
        status: known ? error.status : 500,
      };
    }
  }

  private async audit({ asked, keptAt }: Errand, status: number): Promise<void> {
    const { bot, record, now, log } = this.parts;
    const command = `${slashOf(bot)} ${asked.text} (Slack team ${asked.team})`;
    const row = actRow({
      ...{ at: new Date(keptAt).toISOString(), job: `act-slack-${asked.id}`, command, exit: status },
      ...{ seconds: (now() - keptAt) / 1_000, by: `slack:${asked.user}` },
    });
    await record(row).catch((error: unknown) =>
      log("error", "an operator's act is not in the audit", { act: command, by: row.by, reason: reasonOf(error) }),
    );
  }

  private async look({ name, argument }: Order): Promise<Message> {
    const { bot, entries, mask } = this.parts;
    if (name === "status") return statusMessage(veiled(await entries.status(), mask));
    if (name === "why") return whyMessage(veiled(await entries.status(), mask));
    if (name === "logs") return logMessage(bot, veiled(await entries.logs({ tail: linesWanted(argument) }), mask));
    if (name === "snapshots") return snapshotsMessage(bot, veiled(await entries.snapshots(), mask));
    return helpMessage(bot);
  }

  private trace(): Trace {
    const running = this.parts.running();
    return { boot: running?.bootId ?? null, process: running?.processId ?? null, run: null };
  }
}

function endOf({ text, blocks }: Message): Pick<ErrandEnd, "text" | "blocks"> {
  return { text, blocks: [...blocks] };
}

/** The same with every text in it masked: before it is escaped, since a secret may hold what is escaped. */
function veiled<T>(value: T, mask: (text: string) => string): T {
  return JSON.parse(JSON.stringify(value), (_key, part) => (typeof part === "string" ? mask(part) : part));
}
