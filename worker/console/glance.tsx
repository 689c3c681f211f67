/** Is it alive: the state in a word, since when, why, and what comes next. */
import type { Status } from "../agent/status.ts";
import { Answered, Fact } from "./card.tsx";
import { Code } from "./code.tsx";
import { Moment } from "./moment.tsx";
import { Strip } from "./strip.tsx";
import { standing } from "./tones.ts";
import type { ConsoleView } from "./view.ts";
import { count, duration } from "./words.ts";

export function Glance({ view }: { readonly view: ConsoleView }) {
  const { status, now } = view;
  if ("failed" in status) {
    return (
      <>
        <p class="state bad" id="state">
          <span class="dot" aria-hidden="true" />
          No answer
        </p>
        <Answered of={status}>{() => ""}</Answered>
        <p>Its Worker answers, its Agent does not. An upload replaces the Agent within seconds.</p>
      </>
    );
  }
  return <Known status={status.value} now={now} />;
}

function Known({ status, now }: { readonly status: Status; readonly now: Date }) {
  const { word, tone } = standing(status.state, status.desired);
  return (
    <>
      <p class={`state ${tone}`} id="state">
        <span class="dot" aria-hidden="true" />
        {word}
        <span class="since">
          for <Moment at={status.since} as="for" />
        </span>
      </p>
      {sentencesOf(status).map((sentence) => (
        <p class="why">
          <Code text={sentence} />
        </p>
      ))}
      <Strip status={status} now={now} />
      <dl class="facts">
        <Fact name="At work on">
          {count(status.activeRuns, "run")}
          {status.queuedRuns > 0 && <>, {status.queuedRuns} wait</>}
        </Fact>
        <Fact name="Next job">
          {status.nextJob === null ? (
            "none"
          ) : (
            <>
              <b>{status.nextJob.name}</b> <Moment at={status.nextJob.at} />
            </>
          )}
        </Fact>
        <Fact name="Saved until">
          {status.memory.savedUntil === null ? "nothing saved yet" : <Moment at={status.memory.savedUntil} />}
        </Fact>
        <Fact name="Sleeps">{sleepOf(status)}</Fact>
      </dl>
    </>
  );
}

function sleepOf({ sleepAfterSeconds, idleSince }: Status) {
  if (sleepAfterSeconds === null) return "never";
  const after = `after ${duration(sleepAfterSeconds * 1_000)}`;
  return idleSince === null ? (
    after
  ) : (
    <>
      {after}, idle for <Moment at={idleSince} as="for" />
    </>
  );
}

/** A bot that answers needs no reason; what is wrong with it nevertheless stands with the alarms. */
function sentencesOf({ why: { answers, because, next } }: Status): readonly string[] {
  if (answers) return [];
  return next === null ? because : [...because, next];
}
