/** What a person should look at, what was, and who is told. */
import type { Alarm, AlarmsReport } from "../alarms/alarm.ts";
import { Answered, More } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { ConsoleView } from "./view.ts";

/** Alarms that are over, in the fold. */
const shownPast = 20;

export function Alarms({ view }: { readonly view: ConsoleView }) {
  return (
    <Answered of={view.alarms}>
      {(report) => (
        <>
          {report.current.length === 0 ? (
            <p class="calm">
              <span class="dot" aria-hidden="true" />
              No alarm.
            </p>
          ) : (
            <ul class="alarms">
              {report.current.map((alarm) => (
                <Current {...alarm} />
              ))}
            </ul>
          )}
          <Silences {...report} />
          {report.past.length > 0 && (
            <More of="past-alarms" says={`${report.past.length} that are over`}>
              <ul class="rows">
                {report.past.slice(0, shownPast).map((alarm) => (
                  <Past {...alarm} />
                ))}
              </ul>
            </More>
          )}
        </>
      )}
    </Answered>
  );
}

function Current({ urgent, what, since, tried, next, told }: Alarm) {
  const reached = told.filter(({ problem }) => problem === null).map(({ channel }) => channel);
  return (
    <li class={urgent ? "urgent" : "quiet"}>
      <b>{what}</b>
      <span class="note">
        {urgent ? "Urgent, " : ""}since <Moment at={since} as="short" />
        {reached.length > 0 && <>; told over {reached.join(", ")}</>}
      </span>
      {tried.map((one) => (
        <span class="note">
          Tried <Moment at={one.at} as="short" />: {one.what}: {one.outcome}
        </span>
      ))}
      {next !== "" && (
        <span class="next">
          <code>{next}</code>
        </span>
      )}
    </li>
  );
}

function Past({ what, since, until }: Alarm) {
  return (
    <li>
      <span class="main-line">{what}</span>
      <span class="note">
        <Moment at={since} as="short" />
        {until !== null && (
          <>
            {" "}
            to <Moment at={until} as="short" />
          </>
        )}
      </span>
    </li>
  );
}

/** Whoever relies on being told has to know where nobody is. */
function Silences({ channels, quietUntil, breaker }: AlarmsReport) {
  const open = breaker.filter((one) => one.open);
  return (
    <>
      {channels.length === 0 && <p class="note">Alarms are told nowhere: no channel is configured.</p>}
      {channels.map(
        ({ name, problem }) => problem !== null && <p class="wrong">{`${name} is not reached: ${problem}`}</p>,
      )}
      {quietUntil !== null && (
        <p class="note">
          Quiet hours: told again <Moment at={quietUntil} />.
        </p>
      )}
      {open.map(({ cause }) => (
        <p class="wrong">{`Nothing more is tried by itself about ${cause}.`}</p>
      ))}
    </>
  );
}
