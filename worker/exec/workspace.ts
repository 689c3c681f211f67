/** A session's workspace outside its container: copies in the bucket, and from one container to another. */
import type { ExecPolicy } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Restored } from "./notices.ts";
import { ofLength, type Pack, type SentPack, type Supervisor, SupervisorRefused, type Unpacked } from "./supervisor.ts";

const megabyte = 1_048_576;
const markUnknownStatus = 409;

export interface WorkspaceParts {
  readonly bucket: Pick<R2Bucket, "put" | "get" | "list" | "delete">;
  readonly session: () => string;
  readonly policy: Pick<ExecPolicy, "workspaceMegabytes" | "keepWorkspaces">;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

export class Workspaces {
  private readonly parts: WorkspaceParts;
  /** Whether there is a copy, where that is known: none comes or goes but through here. */
  private isThere: boolean | undefined;

  constructor(parts: WorkspaceParts) {
    this.parts = parts;
  }

  /** Stores what a container holds, unless it is as at `mark`; R2 checks what arrives. The new mark. @throws WorkspaceTooLarge */
  async save(box: Supervisor, mark: string | null): Promise<string> {
    if (mark !== null && !(await this.hasChanged(box, mark))) return mark;
    const { bucket, policy, now } = this.parts;
    const pack = await box.pack(null, this.limitBytes);
    const { sha256, body, bytes } = pack;
    const key = `${this.prefix}${new Date(now()).toISOString()}.tar.gz`;
    await bucket.put(key, ofLength(body, bytes), { sha256, customMetadata: { sha256 } });
    this.isThere = true;
    const old = (await this.copies()).slice(policy.keepWorkspaces).map(({ key }) => key);
    if (old.length > 0) await bucket.delete(old);
    return pack.mark;
  }

  /** Brings the newest copy that is whole into a container. Undefined where there is none. */
  async restore(box: Supervisor): Promise<(Restored & { mark: string }) | undefined> {
    let fellBack = false;
    for (const { key } of await this.copies()) {
      const copy = await this.parts.bucket.get(key);
      if (copy === null) continue;
      const sha256 = copy.customMetadata?.sha256 ?? "";
      try {
        const { mark } = await box.unpack(copy.body, { bytes: copy.size, sha256, replaces: true });
        return { savedAt: key.slice(this.prefix.length, -".tar.gz".length), fellBack, mark };
      } catch (error) {
        // Anything but a refusal is no fault of the copy.
        if (!(error instanceof SupervisorRefused && error.status < 500)) throw error;
        this.parts.log("error", "a copy of a workspace is damaged", { key, reason: reasonOf(error) });
        fellBack = true;
      }
    }
    return undefined;
  }

  /** Makes the workspace of a container that is still starting that of another, which packs meanwhile. */
  async copy(from: Supervisor, starting: Promise<Supervisor>): Promise<Unpacked> {
    const { body, ...pack } = await from.pack(null, this.limitBytes);
    const to = await starting;
    return to.unpack(body, { ...pack, replaces: true });
  }

  /** What has changed in a container since a mark; undefined where nothing has. @throws WorkspaceTooLarge */
  async changes(box: Supervisor, mark: string | null): Promise<SentPack | undefined> {
    const pack = await box.pack(mark, this.limitBytes);
    if (pack.files > 0 || pack.deleted > 0) return pack;
    await pack.body.cancel();
    return undefined;
  }

  /** Whether there is a copy. */
  async exist(): Promise<boolean> {
    this.isThere ??= (await this.copies()).length > 0;
    return this.isThere;
  }

  /** Removes every copy. */
  async remove(): Promise<void> {
    const keys = (await this.copies()).map(({ key }) => key);
    if (keys.length > 0) await this.parts.bucket.delete(keys);
    this.isThere = false;
  }

  private async hasChanged(box: Supervisor, mark: string): Promise<boolean> {
    try {
      const pack = await this.changes(box, mark);
      if (pack === undefined) return false;
      await pack.body.cancel();
      this.drop(box, pack);
      return true;
    } catch (error) {
      // Its supervisor keeps the newest few marks in memory: an older one tells nothing.
      if (error instanceof SupervisorRefused && error.status === markUnknownStatus) return true;
      throw error;
    }
  }

  /** Nobody waits for it: a pack that stays goes with its container. One of everything is left, it may be asked for again. */
  private drop(box: Supervisor, { pack }: Pack): void {
    this.parts.inBackground("removing a pack", () => box.dropPack(pack));
  }

  /** The newest first. Fewer than a page of R2's, since old ones go with each that comes. */
  private async copies(): Promise<R2Object[]> {
    const { objects } = await this.parts.bucket.list({ prefix: this.prefix });
    return objects.toSorted((a, b) => (a.key < b.key ? 1 : -1));
  }

  /** Apart from restic's own objects, which lie in other folders of the same bucket. */
  private get prefix(): string {
    return `exec/${this.parts.session()}/`;
  }

  private get limitBytes(): number {
    return this.parts.policy.workspaceMegabytes * megabyte;
  }
}
