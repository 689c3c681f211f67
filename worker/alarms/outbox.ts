/** Notices on their way: a queue for each channel, in order, at least once. What is stored is sent, also after a reset. */
import * as z from "zod";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { KeyStorage } from "../storage.ts";
import { type Channel, NotTold } from "./channels/channel.ts";
import { type Notice, noticeSchema } from "./notice.ts";

const firstPauseMs = 30_000;
const longestPauseMs = 30 * 60_000;
/** A channel that takes nothing keeps so many, the newest. */
const longestQueue = 100;

const laneSchema = z.object({
  queue: z.array(noticeSchema),
  lastTold: z.string().nullable(),
  problem: z.string().nullable(),
  /** Failed tries in a row. */
  failures: z.number(),
  /** The first of these, milliseconds since the epoch. */
  failingSince: z.number().nullable(),
  /** Nothing is tried before it, milliseconds since the epoch. */
  notBefore: z.number(),
});
/** One channel's queue, and how it goes. */
export type Lane = z.infer<typeof laneSchema>;

const lanesSchema = z.record(z.string(), laneSchema);
const emptyLane: Lane = { queue: [], lastTold: null, problem: null, failures: 0, failingSince: null, notBefore: 0 };
const storedAs = "alarms/outbox";

export interface OutboxParts {
  readonly storage: KeyStorage;
  readonly channels: readonly Channel[];
  /** Called after each try: null = it was told. */
  readonly tried: (notice: Notice, channel: string, problem: string | null) => void;
  readonly log: Log;
  readonly now: () => number;
}

export class Outbox {
  private readonly parts: OutboxParts;
  private readonly sending = new Map<string, Promise<void>>();

  constructor(parts: OutboxParts) {
    this.parts = parts;
  }

  lane(channel: string): Lane {
    return this.lanes[channel] ?? emptyLane;
  }

  /** Puts a notice into every channel's queue, `except` one. In the same turn as what it tells of is stored. */
  add(notice: Notice, except?: string): void {
    const { channels, log } = this.parts;
    const before = this.lanes;
    const lanes = channels
      .filter(({ name }) => name !== except)
      .map(({ name }) => {
        const lane = before[name] ?? emptyLane;
        const [oldest] = lane.queue;
        const isFull = lane.queue.length >= longestQueue;
        if (isFull) log("error", "an alarm is told no more: too many wait", { channel: name, notice: oldest?.id });
        return [name, { ...lane, queue: [...lane.queue, notice].slice(-longestQueue) }];
      });
    this.parts.storage.put(storedAs, { ...before, ...Object.fromEntries(lanes) });
  }

  /** Sends what may be sent now, each channel by itself. Resolves when each has nothing left, or has failed. */
  async send(): Promise<void> {
    await Promise.all(
      this.parts.channels.map((channel) => {
        const { name } = channel;
        const turn = this.sending.get(name) ?? this.sendAll(channel).finally(() => this.sending.delete(name));
        this.sending.set(name, turn);
        return turn;
      }),
    );
  }

  /** When the next try is due, milliseconds since the epoch; null when nothing waits. */
  get nextTry(): number | null {
    const waiting = this.parts.channels.map(({ name }) => this.lane(name)).filter(({ queue }) => queue.length > 0);
    return waiting.length === 0 ? null : Math.min(...waiting.map(({ notBefore }) => notBefore));
  }

  /** The order stays: while one is not taken, those behind it wait. */
  private async sendAll(channel: Channel): Promise<void> {
    const { now, log, tried } = this.parts;
    const { name, target } = channel;
    for (;;) {
      const { queue, notBefore } = this.lane(name);
      const [notice] = queue;
      const isPaused = now() < notBefore && notBefore - now() <= longestPauseMs; // else the clock went back
      if (notice === undefined || isPaused) return;
      const failed = await channel.tell(notice).then(
        () => null,
        (error: unknown) => error,
      );
      if (failed !== null) {
        const problem = reasonOf(failed);
        log("warn", "an alarm was not taken", { channel: name, target, notice: notice.id, reason: problem });
        this.failed(name, problem, failed instanceof NotTold ? failed.retryAfterMs : undefined);
        tried(notice, name, problem);
        return;
      }
      log("info", "an alarm was told", { channel: name, target, notice: notice.id });
      this.told(name, notice);
      tried(notice, name, null);
    }
  }

  private told(name: string, notice: Notice): void {
    const { queue } = this.lane(name);
    const lastTold = new Date(this.parts.now()).toISOString();
    this.put(name, { ...emptyLane, queue: queue.filter(({ id }) => id !== notice.id), lastTold });
  }

  private failed(name: string, problem: string, retryAfterMs = 0): void {
    const { now } = this.parts;
    const lane = this.lane(name);
    const failures = lane.failures + 1;
    const pause = Math.max(retryAfterMs, Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)));
    const failingSince = lane.failingSince ?? now();
    this.put(name, { ...lane, problem, failures, failingSince, notBefore: now() + Math.min(pause, longestPauseMs) });
  }

  private put(name: string, lane: Lane): void {
    this.parts.storage.put(storedAs, { ...this.lanes, [name]: lane });
  }

  private get lanes(): Readonly<Record<string, Lane>> {
    return lanesSchema.safeParse(this.parts.storage.get(storedAs)).data ?? {};
  }
}
