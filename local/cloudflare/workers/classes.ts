/** The life of Durable Object classes over uploads: `exports` creates, renames and deletes their namespaces. */
import { ApiProblem } from "../core/problems.ts";
import type { World } from "../core/world.ts";
import { hexId } from "../core/world.ts";
import type { Binding } from "./bindings.ts";
import type { Export, Metadata } from "./metadata.ts";

/** What an upload will do to the namespaces of its Worker, checked but not yet done. */
export interface ClassPlan {
  /** Classes after the upload. */
  readonly exports: Record<string, Export>;
  readonly containerClasses: string[];
  /** Does it. */
  apply(): void;
}

/** Checks `exports`, `containers` and the bindings to own classes against each other and against what exists. */
export function planClasses(world: World, script: string, metadata: Metadata, bindings: readonly Binding[]): ClassPlan {
  const declared = metadata.exports ?? {};
  const living = Object.keys(declared).filter((name) => isLiving(declared[name]));
  const renames = new Map<string, string>();
  const deletions: string[] = [];
  for (const [name, one] of Object.entries(declared)) {
    if ("storage" in one && one.storage !== "sqlite") throw new ApiProblem("classNotSqlite", { className: name });
    if ("renamed_to" in one) renames.set(name, needLiving(one.renamed_to, living));
    else if (one.state === "deleted") deletions.push(name);
  }
  for (const { className } of world.workers.namespaces.all().filter((one) => one.script === script)) {
    if (!(className in declared)) throw new ApiProblem("classStillNeeded", { className });
  }
  for (const className of deletions) refuseInUse(world, script, className);
  for (const one of bindings) {
    if (one.type === "durable_object_namespace" && !one.script_name) needLiving(one.class_name, living);
  }
  return {
    exports: Object.fromEntries(living.flatMap((name) => (declared[name] ? [[name, declared[name]]] : []))),
    containerClasses: containerClasses(metadata, declared, living),
    apply: () => applyClasses(world, script, living, renames, deletions),
  };
}

function isLiving(one: Export | undefined): boolean {
  return one !== undefined && "storage" in one;
}

function needLiving(className: string, living: readonly string[]): string {
  if (!living.includes(className)) throw new ApiProblem("classNotConfigured", { className });
  return className;
}

/** Both links between class and container must agree: `containers[].class_name` and `exports.<Class>.container`. */
function containerClasses(metadata: Metadata, declared: Record<string, Export>, living: readonly string[]): string[] {
  const containers = metadata.containers ?? [];
  for (const { class_name, name } of containers) {
    needLiving(class_name, living);
    const one = declared[class_name];
    const linked = one && "container" in one ? one.container : undefined;
    if (linked === undefined || name === undefined || linked === name) continue;
    const why = `containers: class ${class_name} names container '${name}', but exports.${class_name}.container is '${linked}'`;
    throw new ApiProblem("scriptInvalid", { why });
  }
  for (const [className, one] of Object.entries(declared)) {
    if (!("container" in one) || one.container === undefined) continue;
    if (containers.some((other) => other.class_name === className)) continue;
    const why = `exports.${className}.container is '${one.container}', but \`containers\` has no entry with class_name ${className}`;
    throw new ApiProblem("scriptInvalid", { why });
  }
  return containers.map((one) => one.class_name);
}

function refuseInUse(world: World, script: string, className: string): void {
  const namespace = world.workers.namespace(script, className);
  const application = namespace && world.containers.ofNamespace(namespace.id);
  if (application) throw new ApiProblem("classInUse", { className, application: application.name });
}

function applyClasses(
  world: World,
  script: string,
  living: readonly string[],
  renames: ReadonlyMap<string, string>,
  deletions: readonly string[],
): void {
  const { namespaces } = world.workers;
  for (const [from, to] of renames) {
    const namespace = world.workers.namespace(script, from);
    if (namespace) namespaces.put(namespace.id, { ...namespace, className: to });
  }
  for (const className of deletions) {
    const namespace = world.workers.namespace(script, className);
    if (namespace) namespaces.delete(namespace.id);
  }
  for (const className of living) {
    if (world.workers.namespace(script, className)) continue;
    const id = hexId();
    namespaces.put(id, { id, script, className });
  }
}
