/** The container application: made by the class's name, refused twice, read back after a change by hand. */
import { z } from "zod";
import type { ApiError } from "../../../infra/cloudflare/api.ts";
import { applicationPath, createApplication } from "../fixture.ts";
import { differs, holds, type Point } from "../point.ts";
import { type Smoke, until } from "../smoke.ts";

/** Straight after the upload, when the namespace is new. */
export const createRightAfter: Point = {
  id: "application",
  question:
    "Can an application be created by {script_name, class_name} right after the upload, with a docker.io image?",
  needs: ["upload"],
  async ask(smoke) {
    const refusals: string[] = [];
    const made = await until(smoke, 60, async () => {
      try {
        return await createApplication(smoke, smoke.names.application);
      } catch (error) {
        refusals.push(smoke.transcript.clean((error as Error).message));
        if (!isNotThereYet(error as ApiError)) throw error;
        return undefined;
      }
    });
    if (made === undefined) return differs(`Refused for a minute: ${refusals.at(-1)}`);
    await applicationPath(smoke); // found by name, as the stack finds one that is left over
    return refusals.length === 0
      ? holds("Created at the first try, and listed by its name.")
      : differs(`Created only after ${made.after} s; refused before: ${refusals[0]}`);
  },
};

function isNotThereYet({ message }: ApiError): boolean {
  return /DURABLE_OBJECT_NOT_FOUND|NOT_CONTAINER_ENABLED|namespace/i.test(message);
}

/** What a half-finished `up` runs into. */
export const secondApplication: Point = {
  id: "second-application",
  question: "Is a second application of one class refused with 1608, and does the message name the first one's id?",
  needs: ["application"],
  async ask(smoke) {
    const id = (await applicationPath(smoke)).split("/").at(-1) ?? "";
    try {
      await createApplication(smoke, smoke.names.rival);
    } catch (error) {
      const { status, codes, message } = error as ApiError;
      const known = codes.includes(1608) && message.includes(id);
      const seen = `Status ${status}, codes ${codes.join(", ")}; the id is ${message.includes(id) ? "" : "not "}named.`;
      return known ? holds(seen) : differs(seen);
    }
    return differs("A second application was created.");
  },
};

/** What `pulumi preview` sees of a change in the dashboard. */
export const readBack: Point = {
  id: "read-back",
  question: "After max_instances was changed by hand, do GET's answer and its image and size show it to a refresh?",
  needs: ["application"],
  async ask(smoke) {
    const path = await applicationPath(smoke);
    const before = await read(smoke, path);
    await smoke.transcript.call("PATCH", path, { json: { max_instances: 3 } });
    const after = await read(smoke, path);
    const { first: image } = smoke.settings.images;
    const wrong = [
      before.max_instances !== 2 && `max_instances was ${before.max_instances}, not 2`,
      after.max_instances !== 3 && `max_instances stays ${after.max_instances}`,
      after.configuration.image !== image && `the image comes back as ${after.configuration.image}`,
      sizeOf(after) !== "lite" && `the size comes back as ${JSON.stringify(after.configuration)}`,
    ].filter((one) => one !== false);
    return wrong.length === 0 ? holds("Instances, image and size are read back.") : differs(`${wrong.join("; ")}.`);
  },
};

const applicationSchema = z.object({
  max_instances: z.number().optional(),
  configuration: z.object({
    image: z.string(),
    instance_type: z.string().optional(),
    memory_mib: z.number().optional(),
  }),
});
type Application = z.infer<typeof applicationSchema>;

async function read({ transcript }: Smoke, path: string): Promise<Application> {
  return applicationSchema.parse(await transcript.call("GET", path));
}

/** The stack knows a size by its name or by its memory. */
function sizeOf({ configuration: { instance_type, memory_mib } }: Application): string | undefined {
  return instance_type ?? (memory_mib === 256 ? "lite" : undefined);
}
