/** The bot's Worker as a project of wrangler: the same source, bindings, classes and container applications. */
import fs from "node:fs/promises";
import path from "node:path";
import { buckets, classes, compatibility, declarationModule } from "../worker/bindings.ts";
import declaration from "../worker/testing/declarationText.ts";

/** What the project needs to know of the account. */
export interface WranglerProject {
  /** Checkout whose `worker/` is deployed. */
  readonly folder: string;
  readonly name: string;
  readonly accountId: string;
  /** An existing bucket. */
  readonly bucket: string;
}

/** Writes wrangler's configuration and the declaration that the Worker imports. Returns the configuration's path. */
export async function writeWranglerProject({ folder, name, accountId, bucket }: WranglerProject): Promise<string> {
  const application = (of: { readonly binding: string; readonly application?: string }) =>
    of.application && `${name}-${of.application}`;
  const all = Object.entries(classes);
  const config = {
    name,
    account_id: accountId,
    main: "worker/index.ts",
    compatibility_date: compatibility.date,
    compatibility_flags: compatibility.flags,
    workers_dev: true,
    dependencies_instrumentation: { enabled: false }, // a list of packages that only wrangler sends
    observability: { enabled: true },
    triggers: { crons: ["*/5 * * * *"] },
    rules: [{ type: "Text", globs: [declarationModule, `**/${declarationModule}`], fallthrough: true }],
    r2_buckets: [{ binding: buckets.snapshots, bucket_name: bucket }],
    durable_objects: { bindings: all.map(([class_name, { binding }]) => ({ name: binding, class_name })) },
    exports: Object.fromEntries(
      all.map(([className, of]) => [
        className,
        { type: "durable-object", storage: "sqlite", ...(application(of) && { container: application(of) }) },
      ]),
    ),
    containers: all.flatMap(([class_name, of]) =>
      application(of) === undefined
        ? []
        : [
            {
              name: application(of),
              class_name,
              image: `registry.cloudflare.com/${accountId}/${application(of)}:1`,
              instance_type: "basic",
              max_instances: 2,
            },
          ],
    ),
  };
  await fs.writeFile(path.join(folder, "worker", declarationModule), declaration);
  const file = path.join(folder, "wrangler.json");
  await fs.writeFile(file, JSON.stringify(config));
  return file;
}
