/** The log: its last lines, and with the script those that come. */
import type { LogLine, LogPage } from "../agent/journal.ts";
import { Answered, Card } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { Told } from "./view.ts";

export function Logs({ lines }: { readonly lines: Told<LogPage> }) {
  const next = "value" in lines ? lines.value.next : 0;
  return (
    <Card title="Log" beside={<span id="log-state" role="status" />}>
      <div class="tools">
        <label>
          <span class="unseen">Which lines</span>
          <select id="log-level">
            <option value="info">All lines</option>
            <option value="warn">Warnings and errors</option>
            <option value="error">Errors</option>
          </select>
        </label>
        <button type="button" class="small" id="log-pause" aria-pressed="false">
          Pause
        </button>
      </div>
      <Answered of={lines}>{() => ""}</Answered>
      <div id="log-lines" role="log" aria-live="off" aria-label="Log" tabindex={0} data-next={next}>
        {"value" in lines && lines.value.lines.map((line, n, all) => <Line line={line} before={all[n - 1]} />)}
      </div>
    </Card>
  );
}

/** Lines of one moment, a traceback, say when and whose they are once. */
function Line({ line, before }: { readonly line: LogLine; readonly before: LogLine | undefined }) {
  const { at, source, level, text } = line;
  if (before?.at === at && before.source === source && before.level === level) {
    return (
      <p class={`line more ${level}`}>
        <span class="text">{text}</span>
      </p>
    );
  }
  return (
    <p class={`line ${level}`}>
      <Moment at={at} as="short" /> <span class="who">{source === "worker" ? "worker" : "hermes"}</span>{" "}
      {level !== "info" && <b>{level} </b>}
      <span class="text">{text}</span>
    </p>
  );
}
