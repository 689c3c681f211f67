/** Where restic's objects lie in the bucket: its default layout at the root, so that `restic -r s3:…` opens the same repository. */
import { type ObjectType, objectTypes } from "./rights.ts";

/** What a path below `/snapshots/` means. */
export type RepositoryPath =
  | { readonly kind: "root" }
  | { readonly kind: "config"; readonly key: "config" }
  | { readonly kind: "list"; readonly type: ObjectType; readonly prefix: string }
  | { readonly kind: "object"; readonly type: ObjectType; readonly name: string; readonly key: string };

const form = new RegExp(`^(${objectTypes.join("|")})/([0-9a-f]{64})?$`);
/** How restic names what it stores, and the form of a snapshot's id: SHA-256 in hex. */
export const nameForm = /^[0-9a-f]{64}$/;

/** Reads a path below `/snapshots/`. Undefined for whatever is not restic's: nothing else in the bucket has an address. */
export function repositoryPath(path: string): RepositoryPath | undefined {
  if (path === "") return { kind: "root" };
  if (path === "config") return { kind: "config", key: "config" };
  const [, text, name] = form.exec(path) ?? [];
  const type = objectTypes.find((known) => known === text);
  if (type === undefined) return undefined;
  if (name === undefined) return { kind: "list", type, prefix: `${type}/` };
  return { kind: "object", type, name, key: keyOf(type, name) };
}

/** Where an object lies. */
export function keyOf(type: ObjectType, name: string): string {
  return type === "data" ? `data/${name.slice(0, 2)}/${name}` : `${type}/${name}`;
}

/** The name in a key: its last part, if it is one of restic's. */
export function nameIn(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return nameForm.test(name) ? name : undefined;
}

/** Who stored an object, as the bucket keeps it with the object. */
export function storedBy(object: R2Object): { readonly run?: string; readonly role?: string; readonly box?: string } {
  return object.customMetadata ?? {};
}
