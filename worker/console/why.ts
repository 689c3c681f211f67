import type { Status } from "../agent/status.ts";

/** Why the bot stands as it does, in sentences; nothing where there is nothing to explain. */
export function whyOf({ state, desired, lastError, transitions, nextJob }: Status): string[] {
  const cause = transitions.at(-1)?.cause;
  switch (state) {
    case "ready":
      return [];
    case "failed":
      return lastError === null ? ["It did not start."] : [lastError.message, lastError.next];
    case "stopped":
    case "absent": {
      if (desired === "running") return ["It should run and does not: it is started within a minute."];
      if (desired === "stopped") return ["It was stopped on purpose. A wake or a chat ends that."];
      const wakes = nextJob === null ? "A chat wakes it." : `A chat wakes it, or its job “${nextJob.name}”.`;
      return [cause === undefined ? wakes : `It rests: ${cause}. ${wakes}`];
    }
    default:
      return cause === undefined ? [] : [`On its way: ${cause}.`];
  }
}
