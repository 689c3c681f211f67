/** How a snapshot is named to a person, and by one. */
import type { Client } from "./client.ts";
import { type Snapshot, snapshotsSchema } from "./memoryApi.ts";
import { CliError } from "./problems.ts";
import { size } from "./sizes.ts";
import { moment, relative } from "./times.ts";

/** Enough of an id to tell snapshots apart by; a dash where there is none. */
export function short(id: string | null | undefined): string {
  return id ? id.slice(0, 8) : "-";
}

/** Id, time and size, as far as they are known. */
export function described(one: Partial<Snapshot> | null | undefined): string {
  if (!one?.id) return "nothing";
  const files = one.tree ? `, ${one.tree.files} files, ${size(one.tree.bytes)}` : "";
  const when = one.at ? ` of ${moment(one.at)} (${relative(one.at, new Date())})` : "";
  return `${short(one.id)}${when}${files}`;
}

/** What somebody typed, if it may be the beginning of an id. @throws CliError `snapshotId` */
export function idTyped(id: string): string {
  if (!/^[0-9a-f]{6,64}$/.test(id)) throw new CliError("snapshotId", { id });
  return id;
}

/** The one snapshot that is meant. @throws CliError `snapshotId`, `snapshotUnknown`, `snapshotAmbiguous` */
export async function snapshotTyped(bot: Client, typed: string): Promise<Snapshot> {
  const id = idTyped(typed);
  const { snapshots } = (await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema)).value;
  const [found, ...others] = snapshots.filter((one) => one.id.startsWith(id));
  if (found === undefined) throw new CliError("snapshotUnknown", { id });
  if (others.length > 0) throw new CliError("snapshotAmbiguous", { id, count: others.length + 1 });
  return found;
}
