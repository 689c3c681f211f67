/** `talaria exec sessions` and `ls`: which sandboxes there are, and what lies in one. */
import type { Context } from "../context.ts";
import { type Entry, listSchema, type SessionOptions, sessionRoute, sessionsSchema } from "../execApi.ts";
import { plainText } from "../plainText.ts";
import { count, size } from "../sizes.ts";
import { moment, relative } from "../times.ts";

/** Lists the sessions, the last used first. */
export async function execSessions({ output, client }: Context): Promise<void> {
  const call = { method: "GET", path: "/api/exec/sessions" } as const;
  const { sessions } = (await (await client()).api(call, sessionsSchema)).value;
  output.result(sessions, () =>
    sessions.length === 0
      ? "no sessions yet: the agent has run no command"
      : sessions
          .map(({ session, lastCommandAt, commands, boxes }) => {
            const where = boxes?.length ? `in ${boxes.join(", ")}` : "at rest";
            return `${plainText(session)}  ${count(commands ?? 0, "command")}, the last ${relative(lastCommandAt, new Date()) || "-"}, ${where}`;
          })
          .join("\n"),
  );
}

/** Lists a folder of a session's workspace. */
export async function execLs({ output, client }: Context, folder: string, options: SessionOptions): Promise<void> {
  const query = new URLSearchParams({ path: folder });
  const call = { method: "GET", path: `${sessionRoute(options)}/list?${query}` } as const;
  const { entries } = (await (await client()).api(call, listSchema)).value;
  output.result(entries, () => (entries.length === 0 ? "nothing is in it" : table(entries)));
}

const marks: Readonly<Record<string, string>> = { directory: "/", link: "@", file: "" };

function table(entries: readonly Entry[]): string {
  const rows = entries.map(({ name, type, bytes, modified }) => ({
    size: type === "directory" ? "-" : size(bytes),
    time: moment(modified === null || modified === undefined ? undefined : modified * 1000),
    name: `${plainText(name)}${marks[type] ?? "?"}`,
  }));
  const width = Math.max(...rows.map((row) => row.size.length));
  return rows.map((row) => `${row.size.padStart(width)}  ${row.time}  ${row.name}`).join("\n");
}
