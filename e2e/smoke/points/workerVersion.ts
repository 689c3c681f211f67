/** The way that @pulumi/cloudflare's own WorkerVersion goes, which could replace the stack's upload one day. */
import { z } from "zod";
import { unlessGone } from "../../../infra/cloudflare/api.ts";
import { compatibility } from "../../../worker/bindings.ts";
import { bundleFixture, className } from "../fixture.ts";
import { holds, type Point } from "../point.ts";

/** A class with a container in the first version of a new Worker, and again in the second. */
export const workerVersion: Point = {
  id: "worker-version",
  question: "Does the versions API take containers and exports in a Worker's first version, and again in its second?",
  relied: false,
  needs: ["permission-workers", "permission-containers"],
  async ask({ transcript, ledger, names }) {
    const name = names.versioned;
    const workers = "/accounts/:account/workers/workers";
    let made = `${workers}/${name}`;
    ledger.expect({
      what: `Worker ${name}`, // without a version it is no script yet
      find: async (calls) => ((await unlessGone(calls.call("GET", made))) === undefined ? undefined : made),
    });
    const subdomain = { enabled: false, previews_enabled: false };
    const answer = await transcript.call("POST", workers, { json: { name, subdomain } });
    made = `${workers}/${z.object({ id: z.string() }).parse(answer).id}`;
    const { mainModule, modules } = await bundleFixture();
    const json = {
      main_module: mainModule,
      modules: modules
        .filter((one) => one.name === mainModule)
        .map((one) => ({
          name: one.name,
          content_type: one.type,
          content_base64: Buffer.from(one.content).toString("base64"),
        })),
      compatibility_date: compatibility.date,
      compatibility_flags: compatibility.flags,
      bindings: [{ type: "durable_object_namespace", name: "BOX", class_name: className }],
      containers: [{ class_name: className }],
      exports: { [className]: { type: "durable-object", storage: "sqlite" } },
    };
    const path = `${made}/versions?deploy=true`;
    await transcript.call("POST", path, { json });
    await transcript.call("POST", path, { json });
    return holds("Both versions are accepted.");
  },
};
