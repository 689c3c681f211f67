import * as z from "zod";
import type { Box } from "../sandbox/box.ts";
import type { Memory } from "../snapshots/memory.ts";
import type { KeyStorage } from "../storage.ts";
import type { Ledger } from "./record.ts";
import { upgradeTags } from "./upgrade.ts";

const pollMs = 250;
/** How long a start or a stop waits for the end of a container that the platform told to end. */
const endedWithinMs = 170_000;
/** A container that was told to end does so within this time (`container/hermes/README.md`). */
const longestEndMs = 15 * 60_000;

const recordSchema = z.object({ boot: z.string(), at: z.number() });

export interface EndingParts {
  readonly box: Box;
  readonly ledger: Ledger;
  readonly memory: Pick<Memory, "begin">;
  readonly storage: KeyStorage;
  /** The image that is declared: a container of another one is ended for it. */
  readonly image: string;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * The end of a container that the platform told to end: its init finishes the runs, has the memory saved, then ends by
 * itself. Until then it is left alone, because nothing starts in it any more.
 */
export class Ending {
  private readonly parts: EndingParts;
  /** Containers that were seen to end. */
  private ends = 0;

  constructor(parts: EndingParts) {
    this.parts = parts;
  }

  /** The container says that it was told: one more snapshot, which stands for an upgrade where another image is declared. */
  begin(): Promise<{ run: string }> {
    const { storage, ledger, memory, image, now } = this.parts;
    const { running } = ledger.current;
    storage.put("ending", { boot: running?.bootId ?? null, at: now() });
    const tags = upgradeTags(running, image);
    return tags === undefined ? memory.begin("ending") : memory.begin("upgrade", { tags });
  }

  /** The platform says that a container has ended: whatever runs from now on is another one. */
  over(): void {
    this.ends++;
    this.parts.storage.delete("ending");
  }

  /** Whether the container that is known ends by itself. */
  get isUnderWay(): boolean {
    const { storage, ledger, now } = this.parts;
    const { data } = recordSchema.safeParse(storage.get("ending"));
    const isOfThisOne = data !== undefined && data.boot === ledger.current.running?.bootId;
    return isOfThisOne && Math.abs(now() - data.at) < longestEndMs;
  }

  /** Resolves at the end of a container that is known to end, at once where none is. */
  async settled(): Promise<void> {
    if (this.isUnderWay) await this.containerGone();
  }

  /** Resolves when the container that runs now has ended. One that has taken its place meanwhile is not waited for. */
  async containerGone(): Promise<void> {
    const { box, now, pause } = this.parts;
    const { ends } = this;
    const deadline = now() + endedWithinMs;
    while (this.ends === ends && (await box.isRunning()) && now() < deadline) await pause(pollMs);
  }
}
