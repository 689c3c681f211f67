/** Where the agent's commands run. */
import { Answered, Card, Fact } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { ConsoleView } from "./view.ts";
import { count } from "./words.ts";

const shown = 5;

export function Sandboxes({ view }: { readonly view: ConsoleView }) {
  const { boxMinutesPerDay, parallel } = view.declaration.exec;
  return (
    <Card title="Sandboxes" beside="of its commands">
      <Answered of={view.exec}>
        {({ boxes, spare, sessions, boxMinutesToday, isolation }) => (
          <dl class="facts">
            <Fact name="In use">
              {boxes} of {parallel}
              {spare > 0 && `, ${spare} spare`}
            </Fact>
            <Fact name="Sessions">{sessions}</Fact>
            <Fact name="Today">
              {boxMinutesToday} of {boxMinutesPerDay} min
            </Fact>
            <Fact name="Isolation">{isolation}</Fact>
          </dl>
        )}
      </Answered>
      <Answered of={view.sessions}>
        {(sessions) =>
          sessions.length > 0 && (
            <ul class="rows">
              {sessions.slice(0, shown).map(({ session, lastCommandAt, commands, boxes }) => (
                <li>
                  <code class="command">{session}</code>
                  <span class="badge">{boxes.length > 0 ? "running" : "kept"}</span>
                  <span class="note">
                    {count(commands, "command")}, the last <Moment at={lastCommandAt} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Card>
  );
}
