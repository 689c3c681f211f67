/** What an operator does on the console: one row a button. The script sends it to /api and tells what came of it. */
export interface Act {
  readonly id: string;
  readonly path: string;
  /** On the button. */
  readonly label: string;
  /** While it goes on, as in "Stopping". */
  readonly doing: string;
  /** What it does and what can be lost; none: it is done at once, since nothing can be lost. */
  readonly asks?: {
    readonly title: string;
    readonly does: readonly string[];
    /** Of the choice to go on where the memory cannot be saved. */
    readonly force?: string;
    readonly goes: string;
  };
  /** A state in which it is what one most likely wants. */
  readonly leads?: "up" | "down";
}

export const wake: Act = { id: "wake", path: "/api/wake", label: "Wake", doing: "Waking", leads: "down" };

/** In the order of the page. `restore` has a button at each snapshot. */
export const acts: readonly Act[] = [
  wake,
  { id: "snapshot", path: "/api/snapshot", label: "Snapshot", doing: "Saving its memory", leads: "up" },
  { id: "drill", path: "/api/drill", label: "Drill", doing: "Restoring its memory elsewhere, as a drill" },
  {
    id: "restart-gateway",
    path: "/api/restart-gateway",
    label: "Restart gateway",
    doing: "Restarting its gateway",
    asks: {
      title: "Restart its gateway?",
      does: [
        "Hermes ends and starts anew in the same container: seconds without answers.",
        "Chats under way are cut. Its disk stays, so nothing else is lost.",
      ],
      goes: "Restart gateway",
    },
  },
  {
    id: "restart",
    path: "/api/restart",
    label: "Restart",
    doing: "Restarting it",
    asks: {
      title: "Restart the bot?",
      does: [
        "Its memory is saved, then a new container of the declared image starts with it.",
        "Chats and commands under way are cut. What lies outside its home goes with the old container.",
      ],
      force: "Restart even where it cannot be saved. What happened since the last snapshot is lost then.",
      goes: "Restart",
    },
  },
  {
    id: "stop",
    path: "/api/stop",
    label: "Stop",
    doing: "Stopping it",
    asks: {
      title: "Stop the bot?",
      does: [
        "Its memory is saved, then its container ends. It stays down until a wake or a chat.",
        "Chats and commands under way are cut; its jobs do not run. If it cannot be saved, it stops even so, and says what is lost.",
      ],
      goes: "Stop",
    },
  },
];

export const restore: Act = {
  id: "restore",
  path: "/api/restore",
  label: "Restore",
  doing: "Going back to a snapshot",
  asks: {
    title: "Restore this snapshot?",
    does: [
      "The bot stops, what it knows now is saved, then the snapshot becomes its memory and it starts.",
      "What happened after the snapshot is not in it. It stays in the snapshot that is made now, so the way forward stays open.",
    ],
    force: "Restore even where what it knows now cannot be saved. What happened since the last snapshot is lost then.",
    goes: "Restore",
  },
};
