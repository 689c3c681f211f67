/** What the operator's bot can be asked: one table, of which its help, its buttons and its manifest are made. */

/** A button's question before it acts. */
export interface Confirm {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
}

export interface Command {
  /** What stands behind its words. */
  readonly argument?: string;
  readonly does: string;
  /** Whether it changes anything: acts are in the audit. */
  readonly acts: boolean;
  readonly button: string;
  readonly style?: "primary" | "danger";
  /** Where data, or a conversation under way, may suffer. */
  readonly confirm?: Confirm;
}

export const commands = {
  status: { does: "what it does now", acts: false, button: "Status" },
  why: { does: "why it does not answer, or that it does", acts: false, button: "Why?" },
  wake: { does: "starts it, and says when it is ready", acts: true, button: "Wake", style: "primary" },
  restart: {
    does: "a new container, its memory saved and restored",
    acts: true,
    button: "New container",
    confirm: {
      title: "A new container?",
      text: "What it says at this moment is cut off. Its memory is saved first; where that fails, nothing happens.",
      yes: "Restart",
    },
  },
  "restart gateway": {
    does: "a new gateway in the same container",
    acts: true,
    button: "New gateway",
    confirm: { title: "A new gateway?", text: "What it says at this moment is cut off.", yes: "Restart" },
  },
  "restart force": {
    does: "a new container, even where the memory cannot be saved",
    acts: true,
    button: "Restart unsaved",
    style: "danger",
    confirm: {
      title: "Lose what is not saved?",
      text: "What it learned since the last snapshot is gone afterwards, if it cannot be saved.",
      yes: "Restart",
    },
  },
  snapshot: { does: "saves its memory now", acts: true, button: "Save now" },
  snapshots: { does: "the last ones, to go back to", acts: false, button: "Snapshots" },
  restore: {
    argument: "ID",
    does: "goes back, or forward, to a snapshot; what is now is saved first",
    acts: true,
    button: "Restore",
    style: "danger",
    confirm: {
      title: "Go to this snapshot?",
      text: "It forgets what it learned since. What it knows now is saved first, and can be restored as well.",
      yes: "Restore",
    },
  },
  logs: { argument: "[lines]", does: "the last lines of its log", acts: false, button: "Log" },
  help: { does: "this list", acts: false, button: "Help" },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;

/** A command with what stands behind it. */
export interface Order {
  readonly name: CommandName;
  readonly argument: string;
}

/** The beginning of a snapshot's id, as `restore` takes it. */
const idForm = /^[0-9a-f]{4,64}$/;

/**
 * What a text asks, by the longest name that it begins with; nothing at all is `status`. Undefined for words that are no command:
 * an act with words behind it that it does not know is none, so that `restart gatewya` restarts nothing.
 */
export function orderOf(text: string): Order | undefined {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return { name: "status", argument: "" };
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(" ");
    if (!isCommand(name)) continue;
    const argument = words.slice(count).join(" ");
    if (name === "restore" && !idForm.test(argument)) return { name: "snapshots", argument: "" };
    const isStrange = commands[name].acts && name !== "restore" && argument !== "";
    return isStrange ? undefined : { name, argument };
  }
  return undefined;
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** The slash command of a bot: its name, as Slack takes one. */
export function slashOf(bot: string): string {
  return `/${bot
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "-")
    .slice(0, 31)}`;
}
