/** Uploaded Workers with their versions, and the Durable Object namespaces that uploads created. */
import { z } from "zod";
import type { DeployedWorker, WorkerModule } from "../../runtime/contract.ts";
import { ApiProblem } from "../core/problems.ts";
import type { Collection, Store } from "../core/store.ts";
import { type Binding, bindingSchema, type ShownBinding, shownBinding } from "./bindings.ts";
import { exportSchema, keptSettingsSchema } from "./metadata.ts";

const versionSchema = z.strictObject({
  id: z.string(),
  number: z.number(),
  createdOn: z.string(),
  deploymentId: z.string(),
  bindings: z.array(z.looseObject({ name: z.string(), type: z.string() })),
});

const workerSchema = z.strictObject({
  name: z.string(),
  tag: z.string(),
  createdOn: z.string(),
  modifiedOn: z.string(),
  etag: z.string(),
  mainModule: z.string(),
  modules: z.array(z.strictObject({ name: z.string(), contentType: z.string(), file: z.string() })),
  bindings: z.array(bindingSchema),
  exports: z.record(z.string(), exportSchema),
  containerClasses: z.array(z.string()),
  settings: keptSettingsSchema,
  versions: z.array(versionSchema).min(1),
  subdomain: z.strictObject({ enabled: z.boolean(), previews_enabled: z.boolean() }),
  schedules: z.array(z.strictObject({ cron: z.string(), created_on: z.string(), modified_on: z.string() })),
});
/** A Worker as it is kept. */
export type StoredWorker = z.infer<typeof workerSchema>;
/** A version as it is kept. */
export type StoredVersion = z.infer<typeof versionSchema>;

const namespaceSchema = z.strictObject({ id: z.string(), script: z.string(), className: z.string() });
/** A namespace as it is kept. */
export type StoredNamespace = z.infer<typeof namespaceSchema>;

const domainSchema = z.strictObject({
  id: z.string(),
  cert_id: z.string(),
  environment: z.string(),
  hostname: z.string(),
  service: z.string(),
  zone_id: z.string(),
  zone_name: z.string(),
});

/** Workers, namespaces and custom domains. */
export class WorkerState {
  readonly workers: Collection<StoredWorker>;
  readonly namespaces: Collection<StoredNamespace>;
  readonly domains: Collection<z.infer<typeof domainSchema>>;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.workers = store.collection("workers", workerSchema);
    this.namespaces = store.collection("namespaces", namespaceSchema);
    this.domains = store.collection("domains", domainSchema);
  }

  /** The Worker, or a refusal with code 10007. */
  existing(name: string): StoredWorker {
    const worker = this.workers.get(name);
    if (!worker) throw new ApiProblem("scriptMissing");
    return worker;
  }

  /** Namespace of a Worker's class. */
  namespace(script: string, className: string): StoredNamespace | undefined {
    return this.namespaces.all().find((one) => one.script === script && one.className === className);
  }

  /** Bindings as the API answers them. */
  shown(script: string, bindings: readonly Binding[]): ShownBinding[] {
    return bindings.map((one) => shownBinding(one, (className) => this.namespace(script, className)?.id));
  }

  /** Keeps the modules of a version on disk in place of those before. */
  saveModules(worker: string, version: string, modules: readonly WorkerModule[]): StoredWorker["modules"] {
    return modules.map(({ name, contentType, content }, index) => ({
      name,
      contentType,
      file: this.#store.writeBlob(`modules/${worker}/${version}/${index}`, content),
    }));
  }

  readModules(worker: StoredWorker): WorkerModule[] {
    return worker.modules.map(({ name, contentType, file }) => ({
      name,
      contentType,
      content: this.#store.readBlob(file),
    }));
  }

  removeModules(worker: string, version?: string): void {
    this.#store.removeFolder(version ? `modules/${worker}/${version}` : `modules/${worker}`);
  }
}

/** The version that serves, which is always the newest: this API deploys every version at 100%. */
export function currentVersion(worker: StoredWorker): StoredVersion {
  const newest = worker.versions.at(-1);
  if (!newest) throw new Error(`Worker ${worker.name} has no version`);
  return newest;
}

/** What the runtime is told to run. */
export function toDeploy(
  worker: Pick<StoredWorker, "name" | "mainModule" | "bindings" | "exports" | "containerClasses" | "settings">,
  modules: readonly WorkerModule[],
): DeployedWorker {
  const classes: Record<string, { container: boolean }> = {};
  for (const [name, one] of Object.entries(worker.exports)) {
    if ("storage" in one) classes[name] = { container: worker.containerClasses.includes(name) };
  }
  return {
    name: worker.name,
    mainModule: worker.mainModule,
    modules: modules.filter((one) => one.contentType !== "application/source-map"),
    bindings: worker.bindings,
    compatibilityDate: worker.settings.compatibility_date ?? new Date().toISOString().slice(0, 10),
    compatibilityFlags: worker.settings.compatibility_flags ?? [],
    classes,
  };
}
