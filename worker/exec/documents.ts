/** The stack's documents in a session's workspace: brought when its container starts, and when another declaration is there. */
import { createHash } from "node:crypto";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { DeclaredWorkspace } from "./declaredWorkspace.ts";
import type { Notices } from "./notices.ts";
import type { Supervisor } from "./supervisor.ts";

/** Stands for a bringing that failed: no declaration is like it. */
const failed = "failed";

export interface WorkspaceDocumentsParts {
  readonly declared: DeclaredWorkspace;
  readonly storage: SyncKvStorage;
  readonly notices: Notices;
  readonly session: () => string;
  readonly log: Log;
}

/** Brings a session's workspace to what is declared; the rule is the supervisor's (`container/exec/talaria_exec/declared`). */
export class WorkspaceDocuments {
  private readonly parts: WorkspaceDocumentsParts;
  /** Changes with what is declared; "" for nothing. */
  private readonly hash: string;
  /** What is under way, by the names of containers. */
  private readonly bringing = new Map<string, Promise<string | undefined>>();

  constructor(parts: WorkspaceDocumentsParts) {
    this.parts = parts;
    const { documents, folder } = parts.declared;
    const isNothing = Object.keys(documents).length === 0 && folder === null;
    this.hash = isNothing
      ? ""
      : createHash("sha256")
          .update(JSON.stringify([documents, folder]))
          .digest("hex")
          .slice(0, 16);
  }

  /** Whether the workspace was last brought to something else. */
  get areBehind(): boolean {
    return (this.parts.storage.get<string>("documents") ?? "") !== this.hash;
  }

  /** Whether a container that starts has to be asked at all: something is declared, or was. */
  get areDue(): boolean {
    return this.hash !== "" || this.areBehind;
  }

  /** Brings them. The mark of the workspace then; undefined where it failed, which is logged and tried again with the next command. */
  bring(box: Supervisor): Promise<string | undefined> {
    const underWay = this.bringing.get(box.name);
    if (underWay !== undefined) return underWay;
    const bringing = this.brought(box).finally(() => this.bringing.delete(box.name));
    this.bringing.set(box.name, bringing);
    return bringing;
  }

  private async brought(box: Supervisor): Promise<string | undefined> {
    const { declared, storage, notices, session, log } = this.parts;
    try {
      const { outcomes, mark } = await box.declare(declared);
      for (const { path, what, beside, reason } of outcomes) {
        if (beside !== null)
          notices.add(`The operator has declared another ${path}; what you had written there is now in ${beside}.`);
        if (what === "blocked") log("warn", "a declared document is blocked", { session: session(), path, reason });
      }
      storage.put("documents", this.hash);
      return mark;
    } catch (error) {
      storage.put("documents", failed);
      log("warn", "a workspace has not got its documents", { session: session(), reason: reasonOf(error) });
      return undefined;
    }
  }
}
