/** A container that runs, and whether a rollout replaces it. From here on the run costs something. */
import { applicationPath, type Instance, instances, tell } from "../fixture.ts";
import { differs, holds, type Point, undecided } from "../point.ts";
import { type Smoke, until } from "../smoke.ts";

/** The first container. */
export const firstInstance: Point = {
  id: "instance",
  question: "Does the object's container start, and is it listed with its image?",
  needs: ["application", "answers"],
  async ask(smoke) {
    const found = await until(smoke, 600, () => startAndLook(smoke, () => true)); // the image is prepared first
    if (found === undefined) return differs("No running instance with an image is listed within ten minutes.");
    return holds(`It runs ${found.seen.image}, listed ${found.after} s after the first order.`);
  },
};

/** The step that puts a new image into a living bot. */
export const rollout: Point = {
  id: "rollout",
  question: "Does a rollout with step 100 bring its image to a running instance, else a destroy by the Worker?",
  needs: ["instance"],
  async ask(smoke) {
    const before = await running(smoke);
    if (before === undefined) return undecided("The instance ended by itself before the rollout.");
    await order(smoke);
    const isNew = ({ image }: Instance) => image !== before.image;
    const limit = smoke.settings.patience * 60;
    const rolled = await until(smoke, limit, () => startAndLook(smoke, isNew));
    if (rolled !== undefined) return holds(`The rollout brought ${rolled.seen.image} after ${rolled.after} s.`);
    await tell(smoke, "destroy");
    const destroyed = await until(smoke, 300, () => startAndLook(smoke, isNew));
    return destroyed === undefined
      ? differs(`The image stays ${before.image}: rollout ${limit} s, then destroyed and started again, 300 s.`)
      : holds(`Only a destroy brought ${destroyed.seen.image}; the rollout had ${limit} s.`);
  },
};

async function order(smoke: Smoke): Promise<void> {
  const json = {
    description: "talaria smoke",
    strategy: "rolling",
    kind: "full_auto",
    step_percentage: 100,
    target_configuration: { image: smoke.settings.images.second, instance_type: "lite" },
  };
  await smoke.transcript.call("POST", `${await applicationPath(smoke)}/rollouts`, { json });
}

/** Starts the container if it does not run; a running instance that is as wanted. */
async function startAndLook(smoke: Smoke, wanted: (instance: Instance) => boolean): Promise<Instance | undefined> {
  if ((await tell(smoke, "state")).running !== true) await tell(smoke, "start");
  const found = await running(smoke);
  return found !== undefined && wanted(found) ? found : undefined;
}

async function running(smoke: Smoke): Promise<Instance | undefined> {
  return (await instances(smoke)).find(({ image, state }) => image !== undefined && state === "running");
}
