/** How a snapshot is named to a person. */
import type { Snapshot } from "./memoryApi.ts";
import { size } from "./sizes.ts";
import { moment, relative } from "./times.ts";

/** Enough of an id to tell snapshots apart by. */
export function short(id: string): string {
  return id.slice(0, 8);
}

/** Id, time and size, as far as they are known. */
export function described(one: Partial<Snapshot> | null | undefined): string {
  if (!one?.id) return "nothing";
  const files = one.tree ? `, ${one.tree.files} files, ${size(one.tree.bytes)}` : "";
  const when = one.at ? ` of ${moment(one.at)} (${relative(one.at, new Date())})` : "";
  return `${short(one.id)}${when}${files}`;
}
