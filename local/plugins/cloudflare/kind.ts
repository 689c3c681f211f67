/** The words in which a resource kind of Cloudflare is described. One file per kind lies in `kinds/`. */
import type { Json, Properties } from "../server/properties.ts";

/** A resource kind as a table. */
export interface Kind {
  /** Pulumi's type token. */
  readonly type: `cloudflare:index/${string}`;
  /** Every property, by Pulumi's name. */
  readonly fields: { readonly [name: string]: Field };
  /** Names whose spelling on the wire is not their snake_case, at any depth: Pulumi's → Cloudflare's. */
  readonly names?: { readonly [name: string]: string };
  /** The wire spells names in camelCase (R2 does). */
  readonly camelCase?: true;
  /** Names, at any depth, that hold JSON as text in Pulumi and as an object on the wire. */
  readonly jsonText?: readonly string[];
  readonly create: Request;
  readonly read: Path;
  readonly update?: Request;
  /** Without it, destroy sends nothing, and creating warns about that. */
  readonly delete?: Path;
  /** Headers of every request. */
  headers?(state: Properties): Record<string, string>;
  /** The resource's id in Pulumi. */
  id(state: Properties, result: Properties): string;
  /** Parts of an import id, in order, as property names; `id` is the object's own id. */
  readonly importId?: readonly string[];
  /** The body, when it is not simply an object of the fields. */
  toRequest?(body: Properties): Json;
  /** False: what refresh reads is thrown away, so a hand-made change stays unseen. */
  readonly seesDrift?: false;
  /** Problems that are not those of a single top-level field. */
  check?(inputs: Properties): readonly Problem[];
}

/** One property of a kind. */
export interface Field {
  /** Where it travels in a request. @default "body" */
  readonly in?: "path" | "body" | "nowhere";
  /** The API's own; never an input. `once`: told only when the object is made, kept in state from then on. */
  readonly computed?: true | "once";
  /** A change of this property makes the API tell a new value (of what it tells once). */
  readonly renewedBy?: string;
  /** When the user leaves it out, the API's value stands. */
  readonly optionalComputed?: true;
  /** What the provider sends when the user says nothing. */
  readonly default?: Json;
  /** The values that the provider accepts. */
  readonly values?: readonly string[];
  /** A change needs a new resource. */
  readonly replaces?: true;
  readonly secret?: true;
  /** Upper and lower case are the same (R2 answers a location in upper case). */
  readonly ignoreCase?: true;
  /** The API's name for it, where it is not the name in snake_case. */
  readonly wire?: string;
  /** The API's name for it in answers, where it differs from the request's. */
  readonly answeredAs?: string;
}

/** A path below the API's base URL. */
export type Path = (id: string, state: Properties) => string;

/** A request that carries a body. */
export interface Request {
  readonly method: "POST" | "PUT" | "PATCH";
  readonly path: Path;
}

/** Something wrong with one attribute. */
export interface Problem {
  /** Terraform's name of the attribute, as the message shows it. */
  readonly attribute: string;
  /** Pulumi's path of it below the resource. */
  readonly path: string;
  readonly values: readonly string[];
  readonly got: Json;
}

/** `/accounts/A`, or `/zones/Z` for kinds that live in either. */
export function scope(state: Properties): string {
  return state.accountId ? `/accounts/${state.accountId}` : `/zones/${state.zoneId}`;
}

/** The id that the API gave. */
export function givenId(_state: Properties, result: Properties): string {
  return String(result.id);
}
