import type { AgentRecord, Running } from "./record.ts";

/** What `POST /api/converge` answers; the stack's last step asks until `converged`. */
export interface Convergence {
  readonly converged: boolean;
  readonly state: AgentRecord["state"];
  readonly action: "none" | "asleep" | "starting" | "restarting" | "drift";
  /** What a restart replaces. */
  readonly replaces: "container" | "gateway" | null;
  /** What the caller waits for, null when there is nothing. */
  readonly waitingFor: string | null;
  readonly message: string;
}

/** What has to run, in the words of {@link Running}. */
export interface DeclaredRun {
  /** `appliedHash` of `worker/identity.ts`. */
  readonly declaration: string;
  readonly image: string;
  /** What Hermes' container reaches, see `networkOf` there. */
  readonly network: string;
  /** What Hermes' container is given, see `identityOf` there. */
  readonly size: string;
}

export interface Declared extends DeclaredRun {
  /** A bot with a chat socket never sleeps: `up` starts it. */
  readonly alwaysOn: boolean;
}

/** The first thing in which what runs is not what is declared, the one that takes the most to mend; null: it is the same. */
export function differenceOf(running: Running | null, declared: DeclaredRun): keyof DeclaredRun | null {
  if (running?.image !== declared.image) return "image";
  if ((running.network ?? "internet") !== declared.network) return "network";
  if ((running.size ?? declared.size) !== declared.size) return "size";
  return running.declaration === declared.declaration ? null : "declaration";
}

/** What has to happen so that the bot runs what is declared. The Agent acts on `action`. */
export function convergence(record: AgentRecord, declared: Declared, busy: boolean): Convergence {
  const { state, desired, running } = record;
  const answer = (action: Convergence["action"], waitingFor: string | null, message: string): Convergence => ({
    converged: waitingFor === null,
    state,
    action,
    replaces: null,
    waitingFor,
    message,
  });
  if (desired === "stopped") return answer("none", null, "stopped on purpose; the change applies at the next wake");
  if (desired === "asleep" && !declared.alwaysOn)
    return answer("asleep", null, "asleep; the change applies at the next wake");
  if (state !== "ready") return answer("starting", "the gateway to be ready", `the bot is ${state}`);
  if (running && running.image !== declared.image && running.insteadOf === declared.image) {
    const message = `two new containers started from ${running.image}, although ${declared.image} is declared`;
    return answer("drift", "the platform to start the declared image", message);
  }
  const difference = differenceOf(running, declared);
  if (difference === "image") {
    const message = busy ? "the bot finishes its runs first" : "the container is replaced";
    return { ...answer("restarting", "the new image", message), replaces: "container" };
  }
  if (difference === "network") {
    const message = busy ? "the bot finishes its runs first" : "the container is replaced: it keeps the network it has";
    return { ...answer("restarting", "the new network", message), replaces: "container" };
  }
  if (difference === "size") {
    const message = busy ? "the bot finishes its runs first" : "the container is replaced: it keeps the size it has";
    return { ...answer("restarting", "the new size", message), replaces: "container" };
  }
  if (difference === "declaration") {
    const message = busy ? "the bot finishes its runs first" : "the gateway restarts";
    return { ...answer("restarting", "the new configuration", message), replaces: "gateway" };
  }
  return answer("none", null, "the bot runs what is declared");
}
