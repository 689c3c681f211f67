/** What a person should look at. */
import { Answered } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { ConsoleView } from "./view.ts";

export function Alarms({ view }: { readonly view: ConsoleView }) {
  return (
    <Answered of={view.status}>
      {({ memory: { alarms } }) =>
        alarms.length === 0 ? (
          <p class="calm">
            <span class="dot" aria-hidden="true" />
            No alarm.
          </p>
        ) : (
          <ul class="alarms">
            {alarms.map(({ code, message, since }) => (
              <li>
                <b>{message}</b>
                <span class="note">
                  <code>{code}</code> {since && <Moment at={since} />}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Answered>
  );
}
