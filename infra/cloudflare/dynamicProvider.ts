import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "./api.ts";

/**
 * What our dynamic resources share. The engine keeps a provider as text in the state and runs it in a process of its own:
 * public fields only, libraries by `await import()` inside methods, and the token comes by `configure`, never by a closure.
 */
export class CloudflareDynamicProvider {
  /** Filled by `configure`, once per process. */
  connection: Connection = { baseUrl: "", token: "" };

  /** Reads the token and the API's address from the stack's configuration. */
  async configure({ config }: pulumi.dynamic.ConfigureRequest): Promise<void> {
    this.connection = {
      baseUrl: config.get("apiBaseUrl") ?? "https://api.cloudflare.com/client/v4",
      token: config.require("cloudflareApiToken"),
    };
  }
}

/** Arguments of a resource whose provider takes `T`: each, and each entry of a record, may be an output. */
export type InputsOf<T> = { readonly [K in keyof T]: InputOf<T[K]> };
type InputOf<T> =
  T extends Readonly<Record<string, infer V>>
    ? string extends keyof T
      ? { readonly [key: string]: InputOf<V> }
      : pulumi.Input<T>
    : pulumi.Input<T>;

type Properties = Readonly<Record<string, unknown>>;

/**
 * Compares what is declared with what there is: another `identity` is another resource, the rest is changed in place.
 * A changed provider text (`__provider`) is a change in place,
 * so that the state never keeps code that no longer exists.
 */
export function difference(olds: Properties, news: Properties, identity: readonly string[]): pulumi.dynamic.DiffResult {
  const changed = changedKeys(olds, news);
  const replaces = identity.filter((key) => changed.includes(key));
  return { changes: changed.length > 0, replaces, deleteBeforeReplace: true };
}

/** Names of the declared properties whose values differ. */
export function changedKeys(olds: Properties, news: Properties): string[] {
  return Object.keys(news).filter((key) => stable(olds[key]) !== stable(news[key]));
}

/** JSON with sorted keys. */
export function stable(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ""
  );
}

/** The answer of `read` for a resource that is no more. */
export function gone(): pulumi.dynamic.ReadResult {
  return { id: "", props: {} };
}
