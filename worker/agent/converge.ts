import type { NetworkDeclaration } from "../declarationSchema.ts";
import type { AgentRecord } from "./record.ts";

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

export interface Declared {
  readonly declaration: string;
  readonly image: string;
  /** What Hermes' container reaches, see {@link networkOf}. */
  readonly network: string;
  /** A bot with a chat socket never sleeps: `up` starts it. */
  readonly alwaysOn: boolean;
}

/** What Hermes' container reaches, as text to compare. */
export function networkOf(agent: NetworkDeclaration): string {
  return agent.network === "allowlist" ? `allowlist ${agent.hosts.join(" ")}` : agent.network;
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
  if (running?.image !== declared.image) {
    const message = busy ? "the bot finishes its runs first" : "the container is replaced";
    return { ...answer("restarting", "the new image", message), replaces: "container" };
  }
  if ((running.network ?? "internet") !== declared.network) {
    const message = busy ? "the bot finishes its runs first" : "the container is replaced: it keeps the network it has";
    return { ...answer("restarting", "the new network", message), replaces: "container" };
  }
  if (running.declaration !== declared.declaration) {
    const message = busy ? "the bot finishes its runs first" : "the gateway restarts";
    return { ...answer("restarting", "the new configuration", message), replaces: "gateway" };
  }
  return answer("none", null, "the bot runs what is declared");
}
