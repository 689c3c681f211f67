import type { AlarmPolicy } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { KeyStorage } from "../storage.ts";
import type { AlarmsReport, AlarmsTest } from "./alarm.ts";
import type { News } from "./book.ts";
import type { Channel } from "./channels/channel.ts";
import { heldSchema, type Notice, noticeOf, type Origin, summaryOf, testNotice } from "./notice.ts";
import { Outbox } from "./outbox.ts";
import { quietUntil } from "./quietHours.ts";
import { Stored } from "./stored.ts";

/** The most that quiet hours hold back. */
const longestHeld = 200;

export interface NewsroomParts {
  readonly storage: KeyStorage;
  readonly origin: Origin;
  readonly quietHours: AlarmPolicy["quietHours"];
  readonly channels: readonly Channel[];
  /** Called after each try: of which alarm, and what was wrong; null = it was told. */
  readonly told: (alarm: number, channel: string, problem: string | null) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** From news to notices: who is told, when, and what quiet hours hold back. */
export class Newsroom {
  private readonly parts: NewsroomParts;
  private readonly outbox: Outbox;
  private readonly held: Stored<Notice[]>;

  constructor(parts: NewsroomParts) {
    this.parts = parts;
    this.held = new Stored(parts.storage, "alarms/held", heldSchema, []);
    const tried = (notice: Notice, channel: string, problem: string | null) => {
      if (notice.alarm > 0) parts.told(notice.alarm, channel, problem);
    };
    this.outbox = new Outbox({ ...parts, tried });
  }

  /** Takes the news of a look, and lets go of what was held once the quiet hours are over. Stores, sends nothing. */
  take(news: readonly { readonly item: News; readonly more: string | undefined }[]): void {
    const { origin, now, quietHours } = this.parts;
    const isQuiet = this.quietUntil !== null;
    if (!isQuiet) this.letGo();
    for (const { item, more } of news) {
      const notice = noticeOf(item, origin, now(), more);
      const isExcepted = quietHours?.except.includes(item.entry.code) ?? false;
      if (isQuiet && !isExcepted) this.held.change((held) => [...held, notice].slice(-longestHeld));
      // A channel cannot tell of its own silence.
      else this.outbox.add(notice, item.entry.code === "channelFailed" ? item.entry.about : "");
    }
  }

  send(): Promise<void> {
    return this.outbox.send();
  }

  /** When there is something to do again, milliseconds since the epoch; null: never. */
  get nextDue(): number | null {
    const dues = [this.outbox.nextTry, this.held.value.length > 0 ? this.quietUntil : null];
    const some = dues.filter((due) => due !== null);
    return some.length === 0 ? null : Math.min(...some);
  }

  /** Channels that have taken nothing for so long. */
  failing(afterMs: number): { name: string; problem: string; since: number }[] {
    return this.parts.channels.flatMap(({ name }) => {
      const { problem, failingSince: since } = this.outbox.lane(name);
      const isLong = since !== null && this.parts.now() - since >= afterMs;
      return problem !== null && isLong ? [{ name, problem, since }] : [];
    });
  }

  get report(): Pick<AlarmsReport, "channels" | "quietUntil"> {
    const until = this.quietUntil;
    return {
      channels: this.parts.channels.map(({ name, target }) => {
        const { lastTold, problem, queue } = this.outbox.lane(name);
        return { name, target, lastTold, waiting: queue.length, problem };
      }),
      quietUntil: until === null ? null : new Date(until).toISOString(),
    };
  }

  async test(): Promise<AlarmsTest> {
    const { origin, now, channels, log } = this.parts;
    const notice = testNotice(origin, now());
    const answers = channels.map(async ({ name, target, tell }) => {
      const problem = await tell(notice).then(() => null, reasonOf);
      log(problem === null ? "info" : "warn", "a test of the alarms", { channel: name, problem });
      return { name, target, ok: problem === null, problem };
    });
    return { channels: await Promise.all(answers) };
  }

  private letGo(): void {
    const { origin, now } = this.parts;
    const held = this.held.value;
    const [first] = held;
    if (first === undefined) return;
    this.outbox.add(held.length === 1 ? first : summaryOf(held, `${first.id}.summary`, origin, now()));
    this.held.put([]);
  }

  private get quietUntil(): number | null {
    return quietUntil(this.parts.quietHours, this.parts.now());
  }
}
