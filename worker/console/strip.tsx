/** The last hours as one bar: what the bot was, and for how long. */
import type { Status } from "../agent/status.ts";
import { standing, type Tone } from "./tones.ts";

const hourMs = 3_600_000;
/** Hours that the bar may tell of: as few as hold what is known. */
const spans = [0.25, 1, 6, 24] as const;
/** The bar's own width and height. */
const width = 1_440;
const height = 10;
/** A stretch that is shorter would not be seen. */
const narrowest = 5;

interface Stretch {
  readonly tone: Tone;
  readonly from: number;
  readonly until: number;
}

export function Strip({ status, now }: { readonly status: Status; readonly now: Date }) {
  // To the minute, so that a page that has it already is not sent another one for nothing.
  const end = Math.ceil(now.getTime() / 60_000) * 60_000;
  const hours = spanOf(status, end);
  const stretches = stretchesOf(status, end, hours);
  const x = (ms: number) => Math.round((ms / (hours * hourMs)) * width);
  return (
    <figure class="strip">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={inWords(stretches, hours)}
      >
        {stretches.map(({ tone, from, until }) => (
          <rect class={tone} x={x(from)} y={0} width={Math.max(narrowest, x(until) - x(from))} height={height} />
        ))}
      </svg>
      <figcaption aria-hidden="true">
        <span>{spanWords(hours)} ago</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

type History = Pick<Status, "transitions" | "state" | "since">;

/** Hours of the bar. */
export function spanOf({ transitions, since }: History, end: number): number {
  const [first] = transitions;
  const begin = first === undefined ? Date.parse(since) : Date.parse(first.at);
  return spans.find((hours) => end - begin <= hours * hourMs) ?? 24;
}

/** From the oldest to now, milliseconds from the bar's begin. Nothing is told of the time before the first known move. */
export function stretchesOf({ transitions, state, since }: History, end: number, hours: number): Stretch[] {
  const moves = transitions.map(({ at, from, ms }) => ({
    from: Date.parse(at) - ms,
    until: Date.parse(at),
    state: from,
  }));
  const begin = end - hours * hourMs;
  const stretches: Stretch[] = [];
  for (const span of [...moves, { from: Date.parse(since), until: end, state }]) {
    const from = Math.max(0, span.from - begin);
    const until = span.until - begin;
    if (until <= from) continue;
    const { tone } = standing(span.state, span.state === "absent" ? "asleep" : undefined);
    const last = stretches.at(-1);
    if (last?.tone === tone) stretches[stretches.length - 1] = { ...last, until };
    else stretches.push({ tone, from, until });
  }
  return stretches;
}

const names: Readonly<Record<Tone, string>> = { good: "ready", rest: "at rest", busy: "starting", bad: "failed" };

function inWords(stretches: readonly Stretch[], hours: number): string {
  const parts = Object.entries(names).flatMap(([tone, name]) => {
    const ms = stretches.filter((one) => one.tone === tone).reduce((sum, { from, until }) => sum + until - from, 0);
    return ms < 30_000
      ? []
      : [`${name} ${ms < hourMs ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / hourMs)} h`}`];
  });
  return `The last ${spanWords(hours)}: ${parts.join(", ") || "nothing is known"}.`;
}

const spanWords = (hours: number): string => (hours < 1 ? `${hours * 60} min` : hours === 1 ? "60 min" : `${hours} h`);
