/** What a stand-in has to say about itself; `serve.ts` puts it on the wire. */
import type { EngineLog } from "./engineLog.ts";
import type { Properties } from "./properties.ts";

/** A provider plugin. */
export interface Provider {
  readonly name: string;
  /** The version of the npm package that the plugin belongs to. */
  readonly version: string;
  /** Problems of the provider's configuration, as a user reads them; `name` is the provider resource's. */
  checkConfig(name: string, config: Properties): readonly string[];
  /** Takes the configuration; called once, before any resource. */
  configure(config: Properties): void;
  /** The kind behind a type token, or undefined when the stand-in has none. */
  resource(type: string): Resource | undefined;
  /** Answers a function of the provider, or undefined when the stand-in has none by this token. */
  invoke?(token: string, args: Properties, signal: AbortSignal): Promise<Properties> | undefined;
}

/** What every call on a resource brings along. */
export interface Call {
  readonly urn: string;
  /** The resource's name, the last part of its URN. */
  readonly name: string;
  readonly preview: boolean;
  /** Aborted when the user cancels the update. */
  readonly signal: AbortSignal;
  readonly log: EngineLog;
}

/** One resource kind. */
export interface Resource {
  /** Outputs that are secret whatever the inputs were. */
  readonly secretOutputs: readonly string[];
  /** Problems of the inputs, as a user reads them. */
  check(call: Call, news: Properties): readonly string[];
  /** The inputs that the engine goes on with, where they are more than what was declared. */
  complete?(call: Call, news: Properties): Properties;
  diff(call: Call, olds: Properties, news: Properties): Diff;
  create(call: Call, news: Properties): Promise<{ id: string; state: Properties }>;
  /** Reads the real thing; undefined when it is gone. `state` is empty when a resource is imported. */
  read(call: Call, id: string, state: Properties, inputs: Properties): Promise<Refreshed | undefined>;
  update(call: Call, id: string, olds: Properties, news: Properties): Promise<Properties>;
  delete(call: Call, id: string, olds: Properties): Promise<void>;
}

/** The answer of a read. */
export interface Refreshed {
  readonly id: string;
  readonly state: Properties;
  readonly inputs: Properties;
}

/** Which properties differ; those in `replaces` need a new resource. */
export interface Diff {
  readonly changes: readonly Change[];
  readonly replaces: readonly string[];
}

/** One property that differs. */
export interface Change {
  readonly property: string;
  readonly kind: "add" | "delete" | "update";
}

/** Cuts the resource's name out of `urn:pulumi:stack::project::type::name`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Cuts the type token out of a URN; parents come before it, joined by `$`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
