/** What the agent is told, in words that it can act on: each sentence once, before the output of a command of its own. */

/** Why a session's container went. */
export type EndOfBox = "lost" | "survivors" | "idle" | "changed" | "yielded";

/** A container that a session had. */
export interface FormerBox {
  readonly why: EndOfBox;
  /** Why its workspace could not be saved at its end; null where it was, or had not changed. Unknown (undefined) where it went without warning. */
  readonly unsaved?: string | null | undefined;
}

/** A workspace that was brought back. */
export interface Restored {
  /** When it was saved, ISO 8601. */
  readonly savedAt: string;
  /** Whether a newer copy was there and not whole. */
  readonly fellBack: boolean;
}

const reasons: Readonly<Record<EndOfBox, string>> = {
  lost: "it ended unexpectedly",
  survivors: "processes of a command could not be killed",
  idle: "no command came for a while",
  changed: "the bot's settings for sandboxes have changed",
  yielded: "it was idle and another session needed one",
};
const gone = "Running processes and whatever was installed outside /workspace (such as apt packages) are gone.";

/** What to tell of a new container. Undefined where there was none before, and nothing came back. */
export function replacementNotice(former: FormerBox | undefined, restored: Restored | undefined): string | undefined {
  if (former === undefined && restored === undefined) return undefined;
  const begin = former ? `The sandbox was replaced: ${reasons[former.why]}.` : "This is a new sandbox.";
  const unsaved = former?.unsaved ? ` The workspace could not be saved (${former.unsaved}).` : "";
  if (restored === undefined)
    return `${begin}${unsaved} What lay in /workspace is gone, and so are running processes and installed packages.`;
  const asLeft = former?.unsaved === null && !restored.fellBack;
  const from = restored.fellBack
    ? `an older copy, as the newest was damaged, saved at ${restored.savedAt}`
    : `the copy saved at ${restored.savedAt}`;
  return asLeft
    ? `${begin} /workspace is as it was. ${gone}`
    : `${begin}${unsaved} /workspace is ${from}; later changes are lost. ${gone}`;
}

/** The sentences that wait to be told. */
export class Notices {
  private readonly storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.storage = storage;
  }

  add(sentence: string): void {
    this.storage.put("notices", [...this.waiting(), sentence]);
  }

  /** All of them, which are told then. */
  take(): string[] {
    const waiting = this.waiting();
    if (waiting.length > 0) this.storage.delete("notices");
    return waiting;
  }

  private waiting(): string[] {
    return this.storage.get<string[]>("notices") ?? [];
  }
}
