/** The torture's report, kept in the repository. */
import { sqlitePart } from "./sqlite/index.ts";
import { counted, type State } from "./state.ts";
import { wholeBotPart } from "./wholeBot.ts";

/** Markdown. */
export function reportText(state: State, now: Date): string {
  const results = counted(state);
  const broken = results.filter(({ outcome }) => outcome.startsWith("broken"));
  const sum = (of: (one: State["verified"][number]) => number) =>
    state.verified.reduce((total, one) => total + of(one), 0);
  const wrong = state.verified.flatMap(({ wrong }) => wrong);
  return `${[
    "# Torture",
    "",
    `${now.toISOString().slice(0, 10)}, commit ${state.commit}, seed ${state.seed}. \`npm run torture\` writes this file.`,
    "",
    `**${results.length} faults, ${broken.length} broken promises.** Ran on: the real Worker in workerd (process engine), the real state tool, restic and R2 of Miniflare, with a stand-in for Hermes that writes without pause.`,
    `At the end of ${state.verified.length} stages plain restic read all of the repository (\`check --read-data\`: ${state.verified.filter(({ check }) => check !== "no errors").length} with errors) and restored ${sum(({ restored }) => restored)} of ${sum(({ promoted }) => promoted)} promoted snapshots: ${wrong.length} lacked something.`,
    "",
    ...state.notes.flatMap((note) => [note, ""]),
    ...table("fault", results, ({ kind }) => kind),
    "",
    ...(state.wholeBot.length > 0 ? wholeBotPart(state.wholeBot) : []),
    ...(state.sqlite ? sqlitePart(state.sqlite) : []),
    ...(state.thief ? ["## A compromised agent", "", state.thief.at, "", ...state.thief.lines, ""] : []),
    "## Each fault",
    "",
    ...table("fault, at", results, ({ kind, at }) => `${kind} · ${at}`),
    ...(broken.length + wrong.length > 0
      ? [
          "",
          "## Broken",
          "",
          ...broken.map(({ kind, at, outcome }) => `- ${kind}, ${at}: ${outcome}`),
          ...wrong.map((one) => `- ${one}`),
        ]
      : []),
  ].join("\n")}\n`;
}

function table(head: string, results: State["results"], by: (result: State["results"][number]) => string): string[] {
  const groups = Map.groupBy(results, by);
  const rows = [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, group]) => {
      const outcomes = [...Map.groupBy(group, ({ outcome }) => (outcome.startsWith("broken") ? "**broken**" : outcome))]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([outcome, some]) => (some.length === group.length ? outcome : `${outcome} (${some.length})`));
      return `| ${name} | ${group.length} | ${outcomes.join("; ")} |`;
    });
  return [`| ${head} | count | outcome |`, "| --- | ---: | --- |", ...rows];
}
