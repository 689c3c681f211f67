import { utc } from "../words.ts";
import type { State } from "./lifecycle.ts";
import type { Status, Why } from "./status.ts";

/** What an answer to "why does it not answer?" is made of. */
export type WhyStatus = Pick<
  Status,
  "state" | "desired" | "since" | "transitions" | "lastError" | "nextJob" | "images" | "alarms"
> & {
  readonly memory: Pick<Status["memory"], "run" | "alarms">;
};

/** Moves that are told of a bot that is in trouble. */
const toldMoves = 3;

/** Says why, from what is written down alone: it works while the container, the image or the gateway is dead. */
export function why(status: WhyStatus): Why {
  const { state, images } = status;
  const alarms = wrongNow(status).map(ended);
  const { declared, running } = images.hermes;
  const isOther = running !== null && running !== declared;
  const other = isOther ? [`It runs the image ${running}, and ${declared} is declared.`] : [];
  if (state === "ready") {
    return { answers: true, because: [`It is up since ${utc(status.since)}.`, ...other, ...alarms], next: null };
  }
  const { because, next } = reasons[state](status);
  return { answers: false, because: [...because, ...other, ...alarms], next };
}

/** What is wrong beside that: what the book of alarms has, or, before it has anything, what the memory says of itself. */
export function wrongNow({ alarms, memory }: Pick<WhyStatus, "alarms" | "memory">): string[] {
  if (alarms.length > 0) return alarms.map(({ what }) => what);
  return memory.alarms.map(({ message }) => `Its memory: ${message}`);
}

type Reason = Pick<Why, "because" | "next">;

const reasons: Readonly<Record<Exclude<State, "ready">, (status: WhyStatus) => Reason>> = {
  absent: absent,
  fresh: ({ since }) => ({
    because: [`It is starting since ${utc(since)}: its container is up and gets its memory.`],
    next: null,
  }),
  restored: (status) => ({
    because: [
      `It is starting since ${utc(status.since)}: its memory is there, its gateway is not.`,
      ...lastCause(status),
    ],
    next: null,
  }),
  starting: ({ since }) => ({
    because: [`It is starting since ${utc(since)}: its gateway runs and is not ready yet.`],
    next: null,
  }),
  stopped,
  failed,
};

function absent(status: WhyStatus): Reason {
  const { desired, transitions, since } = status;
  if (desired === "running") {
    const because = [`It has no container since ${utc(since)}, and is brought back by itself.`, ...lastCause(status)];
    return { because, next: "./talaria wake brings it back at once." };
  }
  const never = transitions.length === 0;
  const because = [never ? "It was never started." : `It has no container since ${utc(since)}.`];
  return { because, next: "A chat starts it, or ./talaria wake." };
}

function stopped(status: WhyStatus): Reason {
  const { desired, since, nextJob } = status;
  if (desired === "running") {
    return { because: [`It is between two containers since ${utc(since)}.`, ...lastCause(status)], next: null };
  }
  if (desired === "stopped") {
    const because = [`It was stopped on purpose, at ${utc(since)}.`, ...lastCause(status)];
    return { because, next: "A chat starts it, or ./talaria wake." };
  }
  const job = nextJob === null ? [] : [`Its next job, ${nextJob.name}, wakes it at ${utc(nextJob.at)}.`];
  return {
    because: [`It sleeps since ${utc(since)}.`, ...lastCause(status), ...job],
    next: "A chat wakes it, or ./talaria wake.",
  };
}

function failed(status: WhyStatus): Reason {
  const { lastError, since, transitions } = status;
  const what = lastError === null ? "" : `: ${ended(lastError.message)}`;
  const given = lastError?.code === "gaveUp";
  const head =
    lastError?.code === "staysDown"
      ? `It stays down since ${utc(since)}, until somebody wakes it${what}`
      : given
        ? `It does not start since ${utc(since)}, and was given up; it is tried once an hour${what}`
        : `It does not start since ${utc(since)}, and is tried again by itself${what}`;
  const before = transitions.slice(-toldMoves - 1, -1).map(({ at, from, to, cause }) => {
    return `Before, at ${utc(at)}: ${from} → ${to} (${cause}).`;
  });
  return {
    because: [what === "" ? `${head}.` : head, ...before],
    next: lastError?.next ?? "./talaria logs tells more.",
  };
}

/** What led to where it is. */
function lastCause({ transitions }: WhyStatus): string[] {
  const cause = transitions.at(-1)?.cause;
  return cause ? [`Cause: ${ended(cause)}`] : [];
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
