import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { KeyStorage } from "../storage.ts";
import type { Role } from "./rights.ts";
import { type RunEnd, type RunRecord, type RunReport, Runs, type RunsParts } from "./runs.ts";

/** Work that is done apart from the agent, each in a box of its own. */
export const kinds = {
  /** Forgets, prunes, checks. */
  care: { box: "maintenance", role: "maintenance" },
  /** Writes the index anew where objects rotted or are gone. */
  mend: { box: "maintenance", role: "maintenance" },
  /** Proves that a snapshot restores. */
  drill: { box: "drill", role: "drill" },
  /** Answers an operator. */
  diff: { box: "desk", role: "desk" },
  export: { box: "desk", role: "desk" },
  /** Makes a snapshot of a home from elsewhere. */
  import: { box: "import", role: "import" },
} as const satisfies Record<string, { box: string; role: Role }>;
export type CareKind = keyof typeof kinds;
export type CareBoxName = (typeof kinds)[CareKind]["box"];

const openKey = "care-box";

export interface CareBoxesParts {
  /** A box by its name, and its id as the inside door knows it. */
  readonly careBox: (name: CareBoxName) => { readonly box: Box; readonly boxId: () => string };
  readonly environment: RunsParts["environment"];
  readonly storage: KeyStorage;
  readonly mask: (text: string) => string;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Runs in containers of their own: one at a time, each in a fresh container that is destroyed afterwards. */
export class CareBoxes {
  private readonly parts: CareBoxesParts;
  private readonly runs: Readonly<Record<CareKind, Runs>>;
  private closing: Promise<void> | undefined;
  private starts = 0;

  constructor(parts: CareBoxesParts) {
    this.parts = parts;
    const runsOf = (kind: CareKind) => {
      return new Runs({ ...parts, ...parts.careBox(kinds[kind].box), place: "care" });
    };
    this.runs = {
      care: runsOf("care"),
      mend: runsOf("mend"),
      drill: runsOf("drill"),
      diff: runsOf("diff"),
      export: runsOf("export"),
      import: runsOf("import"),
    };
  }

  /** The run whose end is not settled. */
  get current(): (RunRecord & { readonly kind: CareKind }) | null {
    const { current } = this.runs.care; // all of them share the place that it is kept at
    return current !== null && isKind(current.kind) ? { ...current, kind: current.kind } : null;
  }

  /** Whether a run is being started: whoever looked for it now would find none and take it for dead. */
  get starting(): boolean {
    return this.starts > 0;
  }

  /** Starts a run in a container that is fresh. `hindered` by which run, asked last. @throws BotError `runUnderWay` */
  async start(
    kind: CareKind,
    words: string,
    about: Readonly<Record<string, string>>,
    hindered: () => string | null = () => null,
  ): Promise<RunRecord> {
    await this.closing;
    const run = this.current?.run ?? hindered();
    if (run !== null) throw new BotError("runUnderWay", { run });
    this.parts.storage.put(openKey, kinds[kind].box);
    this.starts++;
    const record = await this.runs[kind].start(kind, words, kinds[kind].role, about).finally(() => this.starts--);
    if (this.current?.run === record.run) return record;
    await this.close(); // it was ended before it had begun
    throw new BotError("runUnderWay", { run: record.run });
  }

  /** The end of a run; `watched` is told its step now and then. */
  async follow(record: RunRecord & { kind: CareKind }, watched: (step: string) => void): Promise<RunEnd> {
    const runs = this.runs[record.kind];
    const end = runs.follow(record);
    for (;;) {
      const ended = await Promise.race([end, this.parts.pause(stepsEveryMs)]);
      if (ended) return ended;
      const step = (await runs.report(record.run))?.progress;
      if (step && "step" in step && typeof step.step === "string") watched(step.step);
    }
  }

  settled(end: RunEnd): void {
    this.runs.care.settled(end);
  }

  report(run: string): Promise<RunReport | undefined> {
    return this.runs[this.current?.kind ?? "care"].report(run);
  }

  /** Ends the container of the last run, with its disk: what was restored in it may be poisoned. Repeated until it succeeds. */
  async close(): Promise<void> {
    if (this.current !== null) return;
    this.closing ??= this.destroy().finally(() => {
      this.closing = undefined;
    });
    await this.closing;
  }

  private async destroy(): Promise<void> {
    const { storage, careBox, log } = this.parts;
    const open = storage.get(openKey);
    const name = Object.values(kinds).find(({ box }) => box === open)?.box;
    if (name === undefined) return;
    try {
      await careBox(name).box.destroy();
      storage.delete(openKey);
    } catch (error) {
      log("warn", "a care container was not ended; it is tried again", { box: name, reason: reasonOf(error) });
    }
  }
}

const stepsEveryMs = 2_000;

function isKind(text: string): text is CareKind {
  return Object.hasOwn(kinds, text);
}
