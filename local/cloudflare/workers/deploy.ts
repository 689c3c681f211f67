/** Makes a new version of a Worker live: checks, runtime, then state. Nothing is kept of a version that does not start. */
import { createHash } from "node:crypto";
import type { WorkerModule } from "../../runtime/contract.ts";
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { hexId, timestamp, uuid } from "../core/world.ts";
import { type Binding, resolveBindings } from "./bindings.ts";
import { planClasses } from "./classes.ts";
import { type KeptSettings, keptSettingsSchema, type Metadata, type Settings } from "./metadata.ts";
import { currentVersion, type StoredVersion, type StoredWorker, toDeploy } from "./state.ts";

/** An uploaded version that went live. */
export interface Deployed {
  readonly worker: StoredWorker;
  readonly startupMs: number;
}

/** Deploys an upload as the newest version of the Worker, at 100%. */
export async function deployUpload(
  world: World,
  name: string,
  metadata: Metadata,
  modules: readonly WorkerModule[],
): Promise<Deployed> {
  const before = world.workers.workers.get(name);
  const bindings = resolveBindings(metadata.bindings ?? [], before?.bindings ?? [], metadata.keep_bindings ?? []);
  checkTargets(world, name, bindings);
  const classes = planClasses(world, name, metadata, bindings);
  const settings = settingsOf(metadata);
  const draft = {
    name,
    mainModule: metadata.main_module,
    bindings,
    exports: classes.exports,
    containerClasses: classes.containerClasses,
    settings,
  };
  const startupMs = await start(world, draft, modules, deferralMs(metadata));
  classes.apply();
  const version = nextVersion(world, name, bindings, before);
  const worker: StoredWorker = {
    ...draft,
    tag: before?.tag ?? hexId(),
    createdOn: before?.createdOn ?? timestamp(),
    modifiedOn: timestamp(),
    etag: etagOf(modules),
    modules: world.workers.saveModules(name, version.id, modules),
    versions: withNewest(before, version),
    subdomain: before?.subdomain ?? { enabled: false, previews_enabled: false },
    schedules: before?.schedules ?? [],
  };
  world.workers.workers.put(name, worker);
  if (before) world.workers.removeModules(name, folderOf(before));
  else await world.runtime.setPublic(name, false);
  await tellImages(world, name);
  return { worker, startupMs };
}

/** Deploys the same code with other bindings or settings (settings PATCH, secrets). */
export async function deployChange(
  world: World,
  before: StoredWorker,
  change: Settings | { bindings: Binding[] },
): Promise<StoredWorker> {
  const { bindings: declared, ...rest } = change;
  const bindings = declared ? resolveBindings(declared, before.bindings, []) : before.bindings;
  checkTargets(world, before.name, bindings);
  for (const one of bindings) {
    if (one.type !== "durable_object_namespace" || one.script_name || one.class_name in before.exports) continue;
    throw new ApiProblem("classNotConfigured", { className: one.class_name });
  }
  const draft = { ...before, bindings, settings: { ...before.settings, ...rest } };
  await start(world, draft, world.workers.readModules(before), 0);
  const version = nextVersion(world, before.name, bindings, before);
  return world.workers.workers.put(before.name, {
    ...draft,
    modifiedOn: timestamp(),
    versions: withNewest(before, version),
  });
}

/** Buckets, services and classes of other Workers must exist before a Worker is bound to them. */
function checkTargets(world: World, name: string, bindings: readonly Binding[]): void {
  for (const one of bindings) {
    if (one.type === "r2_bucket" && !world.buckets.get(one.bucket_name, one.jurisdiction)) {
      throw new ApiProblem("bindingBucketMissing", { bucket: one.bucket_name });
    }
    if (one.type === "service" && one.service !== name && !world.workers.workers.get(one.service)) {
      throw new ApiProblem("scriptInvalid", {
        why: `Service binding '${one.name}': Worker '${one.service}' does not exist`,
      });
    }
    if (
      one.type === "durable_object_namespace" &&
      one.script_name &&
      !world.workers.namespace(one.script_name, one.class_name)
    ) {
      throw new ApiProblem("classNotConfigured", { className: `${one.script_name}.${one.class_name}` });
    }
  }
}

/** How long objects may finish what they hold. Without a number it is wrangler's. */
function deferralMs({ code_update_strategy: strategy }: Metadata): number {
  return strategy?.mode === "deferred" ? (strategy.max_delay ?? 300) * 1000 : 0;
}

async function start(
  world: World,
  draft: Parameters<typeof toDeploy>[0],
  modules: readonly WorkerModule[],
  deferMs: number,
): Promise<number> {
  const started = performance.now();
  try {
    await world.runtime.deploy(toDeploy(draft, modules), { deferMs });
  } catch (error) {
    throw new ApiProblem("scriptInvalid", { why: error instanceof Error ? error.message : String(error) });
  }
  return Math.round(performance.now() - started);
}

/** New containers of a class start with its application's image; a runtime that deploys afresh is told again. */
async function tellImages(world: World, name: string): Promise<void> {
  for (const namespace of world.workers.namespaces.all().filter((one) => one.script === name)) {
    const application = world.containers.ofNamespace(namespace.id);
    if (application)
      await world.runtime.setImage(
        name,
        namespace.className,
        application.configuration.image,
        application.configuration.memory_mib,
      );
  }
}

function nextVersion(
  world: World,
  name: string,
  bindings: readonly Binding[],
  before: StoredWorker | undefined,
): StoredVersion {
  return {
    id: uuid(),
    number: (before ? currentVersion(before).number : 0) + 1,
    createdOn: timestamp(),
    deploymentId: uuid(),
    bindings: world.workers.shown(name, bindings),
  };
}

/** The newest hundred versions: `--watch` uploads on every save. */
function withNewest(before: StoredWorker | undefined, version: StoredVersion): StoredVersion[] {
  return [...(before?.versions ?? []), version].slice(-100);
}

function settingsOf(metadata: Metadata): KeptSettings {
  const known = Object.entries(metadata).filter(([key]) => key in keptSettingsSchema.shape);
  return keptSettingsSchema.parse(Object.fromEntries(known));
}

function etagOf(modules: readonly WorkerModule[]): string {
  const hash = createHash("sha256");
  for (const one of modules) hash.update(one.name).update("\0").update(one.content);
  return hash.digest("hex");
}

/** Version whose folder holds the modules: later versions may differ in bindings only. */
function folderOf(worker: StoredWorker): string | undefined {
  return worker.modules[0]?.file.split("/").at(-2);
}
