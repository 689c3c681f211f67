/** A new version of the Worker at each step: all objects are reset, requests under way are cut. */
import { type Fault, Missed } from "../fault.ts";
import { arm, promotion, reached, release, requests, steps } from "../moments.ts";

export function uploads(): Fault[] {
  return [...steps, ...requests, ...promotion].map((moment) => ({
    kind: "a Worker upload",
    at: `${moment.verb}, ${moment.name}`,
    verb: moment.verb,
    arm: (stage) => arm(stage, moment),
    async strike(stage, random) {
      if (!(await reached(stage, moment))) throw new Missed(`${moment.name} did not come`);
      // Before, or after, the step is over: both happen.
      if (random.below(2) === 0) stage.door.free();
      await stage.upload();
      await release(stage);
      return undefined;
    },
  }));
}
