/** The rows of the README's table: what a bot has, how a test leaves a mark in it, and where it looks for that. */
import fs from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Bot } from "../bot.ts";
import type { LocalSystem } from "../harness.ts";

/** The stack's secret variable and declared leaf that the row of declared things is about. */
export const declared = {
  variable: "PERSISTENCE",
  secret: "a variable of the stack",
  leaf: "agent.max_turns",
  value: 41,
};

/** Where a bot's things lie now: another container has other folders. */
export interface Place {
  readonly local: LocalSystem;
  readonly bot: Bot;
  /** Hermes' home. */
  readonly hermes: string;
  /** The home above it. */
  readonly home: string;
  readonly managed: string;
}

export interface Thing {
  readonly name: string;
  /** Leaves a mark beside those that are there. */
  put(place: Place, mark: string): Promise<unknown>;
  /** A text that holds every mark that is still there. */
  marks(place: Place): Promise<string>;
}

/** The place of the bot that is up. */
export async function placeOf(local: LocalSystem): Promise<Place> {
  const bot = new Bot(local);
  const gateway = await bot.gateway();
  const folder = async (name: string) => (await bot.variable(gateway, name)) ?? "";
  const [home, hermes] = [await folder("TALARIA_HOME"), await folder("HERMES_HOME")];
  return {
    local,
    bot,
    home,
    hermes,
    managed: await folder("HERMES_MANAGED_DIR"),
  };
}

/** A file of Hermes' home, or of another folder, that marks are added to. */
function file(name: string, relative: string, where: "hermes" | "home" = "hermes"): Thing {
  const at = (place: Place) => path.join(place[where], relative);
  return {
    name,
    put: async (place, mark) => {
      await fs.mkdir(path.dirname(at(place)), { recursive: true });
      await fs.appendFile(at(place), `\n# ${mark}\n`);
    },
    marks: (place) => fs.readFile(at(place), "utf8").catch(() => ""), // absent: it went
  };
}

/** One session: its messages, and the workspace of its commands. */
const session = "persistence";

export const things: readonly Thing[] = [
  file("What it remembers: `MEMORY.md`, `USER.md`", "memories/MEMORY.md"),
  file("Skills it learned", "skills/learned/SKILL.md"),
  {
    name: "Conversations",
    put: ({ bot }, mark) => bot.chat(`say ${mark}`, { session }),
    marks: async ({ hermes }) => {
      const database = new DatabaseSync(path.join(hermes, "state.db"), { readOnly: true });
      try {
        return JSON.stringify(database.prepare("SELECT content FROM messages").all());
      } finally {
        database.close();
      }
    },
  },
  {
    name: "Scheduled jobs",
    put: ({ bot }, mark) => bot.chat(`SCHEDULE 600m ${mark}`),
    marks: ({ hermes }) => fs.readFile(path.join(hermes, "cron", "jobs.json"), "utf8").catch(() => ""), // absent: they went
  },
  file("What the user or the agent set: `hermes config set`", "config.yaml"),
  file("Documents as the agent edited them: `SOUL.md`", "SOUL.md"),
  file("Logins made at run time: `auth.json`, `mcp-tokens`", "mcp-tokens/persistence.json"),
  file("Tools installed for the agent's user: `~/.local`", ".local/bin/persistence", "home"),
  {
    name: "Files of the agent's commands: `/workspace` of a session",
    put: ({ bot }, mark) => bot.chat(`RUN echo ${mark} >> marks`, { session }),
    marks: async ({ bot }) => (await bot.chat("RUN cat marks", { session })).text,
  },
  {
    name: "What the stack declares, secrets too",
    put: async (place, mark) => void lastMark.set(place.local.stack, mark),
    marks: async (place) => ((await runsDeclared(place)) ? (lastMark.get(place.local.stack) ?? "") : ""),
  },
  {
    name: "Named tokens, log-ins, the log, the audit",
    put: ({ local }, mark) => local.api("/api/tokens", { method: "POST", body: JSON.stringify({ name: mark }) }),
    marks: async ({ local }) => (await local.api("/api/tokens")).text(),
  },
];

const lastMark = new Map<string, string>();

async function runsDeclared({ bot, managed }: Place): Promise<boolean> {
  const scope = await fs.readFile(path.join(managed, "config.yaml"), "utf8");
  const [section = "", leaf = ""] = declared.leaf.split(".");
  const secret = await bot.variable(await bot.gateway(), declared.variable);
  return JSON.parse(scope)[section]?.[leaf] === declared.value && secret === declared.secret;
}
