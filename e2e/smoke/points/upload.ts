/** The upload of a Worker with a container in the stack's own form, and what can be read back of it. */
import { z } from "zod";
import { bindingNames, className, liveVersion, scriptPath, upload } from "../fixture.ts";
import { differs, holds, type Point } from "../point.ts";

/** The first upload. */
export const firstUpload: Point = {
  id: "upload",
  question: "Is the stack's multipart upload accepted: `exports` with a container, `code_update_strategy`, a secret?",
  needs: ["permission-workers", "permission-containers"],
  async ask(smoke) {
    const version = await upload(smoke);
    const live = await liveVersion(smoke);
    return live === version
      ? holds(`Accepted; \`deployment_id\` of the answer is the live version, ${version}.`)
      : differs(`Accepted as ${version}, but the live version is ${live ?? "not named"}: drift would be seen at once.`);
  },
};

/** What the stack's read of a Worker must never bring into the state. */
export const secretValues: Point = {
  id: "secret-values",
  question: "Do settings, version and secret list keep the value of a `secret_text` to themselves?",
  needs: ["upload"],
  async ask(smoke) {
    const paths = ["/settings", `/versions/${await liveVersion(smoke)}`, "/secrets"];
    const told: string[] = [];
    for (const path of paths) {
      const answer = JSON.stringify(await smoke.transcript.call("GET", scriptPath(smoke) + path));
      if (answer.includes(smoke.fixtureKey)) told.push(path);
    }
    return told.length === 0
      ? holds("None of the three answers it.")
      : differs(`The value is answered by ${told.join(", ")}.`);
  },
};

/** Whether the class's namespace can be read from the version, as wrangler does. */
export const namespaceIds: Point = {
  id: "namespace-ids",
  question: "Does the live version name the Durable Object namespace's id?",
  relied: false,
  needs: ["upload"],
  async ask(smoke) {
    const answer = await smoke.transcript.call("GET", `${scriptPath(smoke)}/versions/${await liveVersion(smoke)}`);
    const binding = z.looseObject({ class_name: z.string().optional(), namespace_id: z.string().optional() });
    const { bindings } = z.object({ resources: z.object({ bindings: z.array(binding) }) }).parse(answer).resources;
    const id = bindings.find((one) => one.class_name === className)?.namespace_id;
    return id === undefined ? differs("It names none.") : holds("It does.");
  },
};

/** A secret that nobody declared. */
export const bindingDrift: Point = {
  id: "binding-drift",
  question: "Does a binding that was added by hand show in the settings, and as another live version?",
  needs: ["upload"],
  async ask(smoke) {
    const before = await liveVersion(smoke);
    const json = { name: "BY_HAND", text: "added by hand", type: "secret_text" };
    await smoke.transcript.call("PUT", `${scriptPath(smoke)}/secrets`, { json });
    const listed = (await bindingNames(smoke)).includes("BY_HAND");
    const moved = (await liveVersion(smoke)) !== before;
    const seen = `In the settings: ${listed ? "yes" : "no"}; another live version: ${moved ? "yes" : "no"}.`;
    return listed && moved ? holds(seen) : differs(seen);
  },
};

/** The upload again, as every `up` with a changed Worker sends it. */
export const secondUpload: Point = {
  id: "second-upload",
  question: "Is the same upload accepted again, `exports` included, and does it drop a binding that was added by hand?",
  needs: ["upload", "binding-drift"],
  async ask(smoke) {
    const before = await liveVersion(smoke);
    const version = await upload(smoke);
    const live = await liveVersion(smoke);
    if (live !== version || live === before) return differs(`Accepted as ${version}, but ${live} is live.`);
    const kept = (await bindingNames(smoke)).includes("BY_HAND");
    return kept ? differs("Accepted, but the binding stays.") : holds("Accepted, and the binding is gone.");
  },
};
