import type { ExecPolicy } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { freeBox, type Lease, type Leases } from "./leases.ts";
import type { Supervisor } from "./supervisor.ts";
import { pause } from "./waiting.ts";

/** Spares stay so long after the last command. */
export const spareIdleMs = 120_000;
/** A spare that did not start is not tried again sooner. */
const triesAgainAfterMs = 60_000;
/** The command that took the spare goes first: what the next one's start costs it should not pay. */
const startsAfterMs = 500;

/** How many containers wait unused: none before a first command, and none where all sessions share the one that runs. */
export function sparesWanted(policy: Pick<ExecPolicy, "isolation" | "spare">, sinceCommandMs: number): number {
  return policy.isolation === "shared" || sinceCommandMs >= spareIdleMs ? 0 : policy.spare;
}

export interface SparesParts {
  readonly leases: Leases;
  readonly names: readonly string[];
  readonly policy: ExecPolicy;
  /** What containers are started with now. */
  readonly made: string;
  readonly supervisor: (box: string) => Supervisor;
  /** Ends a box, in the background. */
  readonly end: (lease: Lease) => void;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Keeps as many containers started and unused as are wanted. */
export class Spares {
  private readonly parts: SparesParts;
  private notBefore = 0;
  /** Paths of the workspaces of those that answered. In memory: what a reset forgets is asked again. */
  private readonly ready = new Map<string, string>();

  constructor(parts: SparesParts) {
    this.parts = parts;
  }

  /** Starts what lacks and ends what is too many. `affordable`: the day's budget is not used up. */
  tend(lastCommandAt: number, affordable: boolean): void {
    const { leases, names, policy, made, now } = this.parts;
    const all = leases.all();
    for (const lease of all) if (lease.state === "spare" && lease.made !== made) this.end(lease);
    const spares = all.filter((lease) => lease.state === "spare" && lease.made === made);
    const wanted = affordable ? sparesWanted(policy, now() - lastCommandAt) : 0;
    for (const lease of spares.slice(wanted)) this.end(lease);
    if (spares.length >= wanted || now() < this.notBefore) return;
    const box = freeBox(all, names);
    if (box !== undefined) this.add(box);
  }

  /** A box is leased. The path of its workspace, where it is a spare that has answered. */
  leased(box: string): string | null {
    const workspace = this.ready.get(box) ?? null;
    this.ready.delete(box);
    return workspace;
  }

  private end(lease: Lease): void {
    this.ready.delete(lease.box);
    this.parts.end(lease);
  }

  private isSpare(box: string): boolean {
    return this.parts.leases.all().some((one) => one.box === box && one.state === "spare");
  }

  private add(box: string): void {
    const { leases, made, supervisor, inBackground, log, now } = this.parts;
    const lease: Lease = { box, state: "spare", session: "", use: "", made, since: now(), askedAt: now() };
    leases.put(lease);
    inBackground("a spare sandbox", async () => {
      try {
        await pause(startsAfterMs);
        if (!this.isSpare(box)) return;
        const workspace = await supervisor(box).start();
        if (this.isSpare(box)) this.ready.set(box, workspace);
      } catch (error) {
        log("warn", "a spare sandbox did not start", { box, reason: reasonOf(error) });
        this.notBefore = now() + triesAgainAfterMs;
        // Whoever has leased it meanwhile meets the same and says so.
        if (this.isSpare(box)) this.end(lease);
      }
    });
  }
}
