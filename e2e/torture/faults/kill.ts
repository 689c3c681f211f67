/** SIGKILL of each process at each step. */
import { kill, type Victim, victims } from "../container.ts";
import { type Fault, type Kind, Missed } from "../fault.ts";
import { arm, type Moment, promotion, reached, release, requests, steps } from "../moments.ts";

const kinds: Readonly<Record<Victim, Kind>> = {
  restic: "SIGKILL of restic",
  state: "SIGKILL of the state tool",
  gateway: "SIGKILL of the gateway",
  container: "SIGKILL of the container",
};

/** One for each process that lives at the moment. A gateway lives only during snapshots, restic only while it asks. */
export function kills(): Fault[] {
  const at = (victim: Victim, moments: readonly Moment[]) => moments.map((moment) => fault(victim, moment));
  return [
    ...at("restic", requests),
    ...at("state", [...steps, ...requests]),
    ...at(
      "gateway",
      [...steps, ...requests, ...promotion].filter(({ verb }) => verb === "snapshot"),
    ),
    ...at("container", [...steps, ...requests, ...promotion]),
  ];
}

function fault(victim: Victim, moment: Moment): Fault {
  return {
    kind: kinds[victim],
    at: `${moment.verb}, ${moment.name}`,
    verb: moment.verb,
    arm: (stage) => arm(stage, moment),
    async strike(stage) {
      if (!(await reached(stage, moment))) throw new Missed(`${moment.name} did not come`);
      const container = stage.container();
      const killed = container ? kill(victims(container, victim)) : 0;
      if (killed === 0) throw new Missed(`no ${victim} lived`);
      await release(stage);
      return undefined;
    },
  };
}
