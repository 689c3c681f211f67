/** The memory: what is saved, whether it restores, and the snapshots that it can go back to. */
import type { MemoryReport } from "../snapshots/report.ts";
import { Answered, Card, Fact, More } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { ConsoleView, ShownSnapshot } from "./view.ts";
import { count, duration, short, size } from "./words.ts";

const shown = 4;

export function Memory({ view }: { readonly view: ConsoleView }) {
  return (
    <Card title="Memory">
      <Answered of={view.status}>{({ memory }) => <Report memory={memory} />}</Answered>
      <h3>Snapshots</h3>
      <Answered of={view.snapshots}>
        {({ current, snapshots }) => {
          if (snapshots.length === 0) return <p class="none">None yet.</p>;
          const rest = snapshots.slice(shown);
          return (
            <>
              <Snapshots of={snapshots.slice(0, shown)} current={current} />
              {rest.length > 0 && (
                <More of="snapshots" says={`${rest.length} older`}>
                  <Snapshots of={rest} current={current} />
                </More>
              )}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Report({ memory }: { readonly memory: MemoryReport }) {
  const { promoted, savedUntil, run, late, lastDrill, lastCare } = memory;
  return (
    <dl class="facts">
      <Fact name="Last snapshot">
        {promoted === null ? (
          "none"
        ) : (
          <>
            <Moment at={promoted.at} /> · {size(promoted.bytes)}
            {promoted.files !== null && `, ${count(promoted.files, "file")}`}
          </>
        )}
      </Fact>
      <Fact name="Saved until">
        {savedUntil === null ? "–" : <Moment at={savedUntil} />} {late && <span class="badge bad">late</span>}
      </Fact>
      <Fact name="Last drill">
        {lastDrill === null ? (
          "none yet"
        ) : (
          <>
            <Badge good={lastDrill.passed} says={lastDrill.passed ? "passed" : "failed"} /> <Moment at={lastDrill.at} />
            <span class="note">
              {lastDrill.problem?.message ??
                `${count(lastDrill.sessions ?? 0, "session")}, ${count(lastDrill.memories ?? 0, "memory")} read in ${duration(lastDrill.ms)}`}
            </span>
          </>
        )}
      </Fact>
      <Fact name="Last care">
        {lastCare === null ? (
          "none yet"
        ) : (
          <>
            <Badge good={lastCare.done} says={lastCare.done ? "tidied" : "failed"} /> <Moment at={lastCare.at} />
            <span class="note">
              {lastCare.problem?.message ?? `${lastCare.kept ?? 0} kept, ${size(lastCare.freedBytes)} freed`}
            </span>
          </>
        )}
      </Fact>
      {run !== null && (
        <Fact name="Under way">
          <code>{run}</code>
        </Fact>
      )}
    </dl>
  );
}

function Snapshots({ of, current }: { readonly of: readonly ShownSnapshot[]; readonly current: string | null }) {
  return (
    <ul class="rows snapshots">
      {of.map((snapshot) => (
        <li>
          <Snapshot {...snapshot} isCurrent={snapshot.id === current} />
        </li>
      ))}
    </ul>
  );
}

function Snapshot({
  id,
  at,
  reason,
  verdict,
  problem,
  tree,
  addedBytes,
  isCurrent,
}: ShownSnapshot & { readonly isCurrent: boolean }) {
  return (
    <>
      <span class="main-line">
        <Moment at={at} as="clock" />
        {isCurrent && <span class="badge good">the memory</span>}
        {verdict !== "promoted" && <span class="badge bad">{verdict}</span>}
      </span>
      <span class="note">
        <code>{short(id)}</code> · {reasons[reason] ?? reason} · {size(tree?.bytes)}
        {addedBytes !== null && `, ${size(addedBytes)} of it new`}
        {problem !== null && <span class="wrong"> {problem}</span>}
      </span>
      {!isCurrent && (
        <button
          type="button"
          class="small"
          data-act="restore"
          data-key={`restore-${id}`}
          data-id={id}
          data-at={at}
          data-verdict={verdict}
        >
          Restore<span class="unseen"> {short(id)}</span>
        </button>
      )}
    </>
  );
}

/** Why one was made, for people. */
const reasons: Readonly<Record<string, string>> = {
  due: "on schedule",
  stop: "before a stop",
  operator: "by an operator",
  upgrade: "before an upgrade",
  ending: "as its container ended",
  restore: "before a restore",
  first: "the first one",
  import: "an import",
  adopted: "found in the bucket",
};

function Badge({ good, says }: { readonly good: boolean; readonly says: string }) {
  return <span class={`badge ${good ? "good" : "bad"}`}>{says}</span>;
}
