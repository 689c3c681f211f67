/** The last commands of the agent and acts of operators, the newest first. */
import type { NumberedRow } from "../exec/audit.ts";
import { Answered, Card, More } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { ConsoleView } from "./view.ts";
import { duration, sessionShort, size } from "./words.ts";

const shown = 6;

export function AuditRows({ view }: { readonly view: ConsoleView }) {
  return (
    <Card title="Audit" beside="commands and acts">
      <Answered of={view.audit}>
        {({ rows }) => {
          const newest = [...rows].reverse();
          if (newest.length === 0) return <p class="none">No command has run, and nobody has acted.</p>;
          return (
            <>
              <Rows of={newest.slice(0, shown)} />
              {newest.length > shown && (
                <More of="audit" says={`${newest.length - shown} before`}>
                  <Rows of={newest.slice(shown)} />
                  <p class="note">
                    All of it: <code>./talaria audit</code>
                  </p>
                </More>
              )}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Rows({ of }: { readonly of: readonly NumberedRow[] }) {
  return (
    <ol class="rows audit">
      {of.map((row) => (
        <li>
          <code class="command">{row.command}</code>
          <Ending {...row} />
          <span class="note">
            <Moment at={row.at} as="short" /> · {whoOf(row)} · {duration(row.seconds * 1_000)}
            {row.kind !== "act" && ` · ${size(row.bytes)}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Ending({ kind, exit, endedBy }: NumberedRow) {
  const good = kind === "act" ? exit < 400 : exit === 0;
  const says = endedBy === "exit" ? `exit ${exit}` : endedBy === "answer" ? String(exit) : endedBy;
  return <span class={`badge ${good ? "" : "bad"}`}>{says}</span>;
}

function whoOf({ kind, by, session }: NumberedRow): string {
  if (by !== null) return by;
  return kind === "tool" ? `a tool, session ${sessionShort(session)}` : `session ${sessionShort(session)}`;
}
